/** How it was measured, and what is to be known before a figure is compared with another. */
export const NOTES = `
- Each library runs in a process of its own. In process, real request and response objects are given to the framework without a
  network, sixteen at once; rounds take turns over all processes, in another order each. A cost is the median, over
  rounds, of the difference to the bare framework in the same round: the framework itself is in no figure but its own. Differences
  below half a microsecond are nothing.
- A *floor* is the shortest code by hand for the unavoidable work, on the same framework, with a value that the handler can
  change, so that it is looked at again when the handler is done: no expiry, no key rotation, no renewal, no \`Vary\` and no
  \`Cache-Control\`. What is above it here is the price of these.
- *New tokens*: 1,500 clients take turns at each work, more than any cache of tokens holds. *Known tokens*: 21, and each presents the
  token of its login again and again, as a page does that asks for several things. A client that is given another token by each response
  has a new one each time.
- *Renewed each time*: \`touchAfter: 0\`. By default a session is renewed once in a tenth of its idle timeout.
- *Heap* is what the JavaScript heap grows by in one request; what \`node:crypto\` takes outside of it is not in it.
- A response that depends on a session says so (\`Vary\`), and one that carries a token forbids caches to keep it
  (\`Cache-Control\`): two headers that no other library here sends, at some 0.5 µs and 1 KiB each, most of it Node's.
- A *directory* is read synchronously, by one \`readdirSync\` and one \`readFileSync\`. From the page cache that takes some twelve
  microseconds; by promises the same takes one or two hundred until it is there, and thirty to fifty of the processor's. The price:
  where a file is not in the page cache, the whole process waits for the disk. On the machine that this was written on, with a
  virtual disk, that was 70 µs (430 at worst); it is some 100 µs on an SSD, 10 ms on a disk that turns, and as long as the network
  takes for a directory that is mounted over one. Sessions in use are in the cache; for a disk of the latter two kinds put
  \`cachedStorage\` in front, or take an engine. Writes are asynchronous, on whatever disk.
`.trim()

/** Why some targets are not met, and what it would take. The figures are of profiles, each function's own time, on Node 20. */
export const REASONS = `
What is verified and kept costs the rest; each part was looked at by profile, beside the floor's.

- *Read and write.* The cryptography takes what the floor's takes. Above it: two deadlines read from a token and two written (0.5 µs), the
  clock (0.3), a value frozen before it is handed out (0.4) and walked for what would not come back (0.3), \`Vary\` and \`Cache-Control\` with
  what Node makes of them (0.8), the look at the head before it leaves, since others may have taken our headers off (0.4), and the
  session's state, draft, plan and commit, some forty functions (1.5 to 2).
- *Encrypted, read and write, beside a native library.* AES-256-GCM takes 4 µs here, most of it for \`node:crypto\` to make a cipher and have
  it collected; libsodium, bound natively, needs two thirds of that. No dependency that must be compiled is worth the difference.
- *In memory, token not used.* Node makes an object of the request's headers for the first who asks (0.3), the id is hashed, so that no
  storage holds a credential (0.5), the row looked up and copied (0.3); the rest are deadlines, renewal and state.
- *Heap.* A floor keeps a text or two. Ours keeps the session, its state and the plan of what is stored, some 4 KiB, and Node's table of
  response headers grows by another for \`Vary\`.
- *HTTP.* The floors themselves do not reach the share that was asked for, on this machine: theirs stands beside (F).
- *Directory, read.* Listing the folder of the session takes more than reading its file. Versions and renewals are names in it: that is how a
  reader without a lock sees a write wholly or not at all, whichever process it came from.
- *Redis, read and write.* The floor sets a key. Ours runs a script that compares the version, sets five fields, moves the expiry and tells who
  watches: that is what loses no update.
`.trim()
