import type { TextStorage } from '../../lib/storages/text.ts'

/** Texts in a map: answers at once. */
export function textsInMap(texts: Map<string, string> = new Map()): TextStorage {
  return {
    read: (id) => texts.get(id),
    write: (id, text) => void texts.set(id, text),
    invalidate: (id) => void texts.delete(id),
  }
}

/** The same at the other end of a line: a call takes a turn of the event loop to arrive, its answer another. */
export function slowTexts(texts: TextStorage): TextStorage {
  return {
    read: (id) => later(() => texts.read(id)),
    write: (id, text) => later(() => texts.write(id, text)),
    invalidate: (id) => later(() => texts.invalidate(id)),
  }
}

async function later<T>(call: () => T): Promise<Awaited<T>> {
  await turn()
  const answer = await call()
  await turn()
  return answer
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
