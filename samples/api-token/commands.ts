/** What the README shows, for wherever the app is served. Needs curl 7.84 or later. */
export function commands(base: string): string {
  return `base=${base}
token=$(curl -s -o /dev/null -w '%header{x-session}' -X POST $base/lists)

curl -s -w '\\n' -H "Authorization: Bearer $token" -d item=milk $base/items
curl -s -w '\\n' -H "Authorization: Bearer $token" -d item=bread $base/items
curl -s -w '\\n' -H "Authorization: Bearer $token" $base/items

curl -s -H "Authorization: Bearer $token" -X DELETE $base/lists
curl -s -w '\\n%{http_code}\\n' -H "Authorization: Bearer $token" $base/items
`
}
