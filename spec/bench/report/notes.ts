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
