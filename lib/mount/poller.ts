/** Reads again and again: one read at a time, on a timer, and on demand. */
export class Poller {
  readonly #read: () => Promise<void>
  readonly #delay: () => number
  #isActive = false
  #isReading = false
  #readAgain = false
  #timer: NodeJS.Timeout | undefined

  /**
   * @param read Never rejects.
   * @param delay The time until the next read, in milliseconds.
   */
  constructor(read: () => Promise<void>, delay: () => number) {
    this.#read = read
    this.#delay = delay
  }

  get isReading(): boolean {
    return this.#isReading
  }

  /** Begins to poll; at once, if {@link poll} was called before. */
  start(): void {
    this.#isActive = true
    if (this.#readAgain) void this.poll()
    else this.schedule()
  }

  stop(): void {
    this.#isActive = false
    clearTimeout(this.#timer)
  }

  /** Reads now. During a read: once more afterwards. */
  async poll(): Promise<void> {
    this.#readAgain = true
    if (this.#isReading) return
    this.#isReading = true
    while (this.#readAgain && this.#isActive) {
      this.#readAgain = false
      await this.#read()
    }
    this.#isReading = false
    this.schedule()
  }

  /** Sets the timer anew. It does not keep the process alive. */
  schedule(): void {
    clearTimeout(this.#timer)
    if (!this.#isActive) return
    this.#timer = setTimeout(() => void this.poll(), this.#delay())
    this.#timer.unref()
  }
}
