// Opens directories as a user, and says of each what came of it: `opened`, or why not. Then what it reads of a session there.
import { directoryStorage } from '../../lib/storages/directory.ts'

const [user, key, ...paths] = process.argv.slice(2)
if (process.geteuid!() === 0 && user !== '0') {
  process.setgroups!([])
  process.setgid!(Number(user))
  process.setuid!(Number(user))
}
const answers: string[] = []
for (const path of paths) {
  try {
    const record = await directoryStorage(path).read(key!)
    answers.push(`opened ${record?.data ?? 'null'}`)
  } catch (error) {
    answers.push((error as Error).message)
  }
}
process.stdout.write(JSON.stringify(answers))
