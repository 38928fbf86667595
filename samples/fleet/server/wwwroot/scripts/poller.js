// Asks again and again, one question at a time: not while nobody looks, and less often where the server is slow or gone.

const PERIOD_MS = 3000;
const LONGEST_PERIOD_MS = 15_000;

export class Poller {
  #ask;
  #timer;
  #current;
  #failures = 0;

  /** @param ask Asks once, given what cancels it, and tells whether there was an answer. */
  constructor(ask) {
    this.#ask = ask;
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) {
        clearTimeout(this.#timer);
      } else if (this.#current) {
        this.now();
      }
    });
  }

  /** Asks at once, and goes on from there. What was asked before is given up. */
  async now() {
    this.stop();
    const current = new AbortController();
    this.#current = current;
    const began = performance.now();
    const answered = await this.#ask(current.signal);
    if (this.#current !== current) {
      return;
    }

    this.#failures = answered ? 0 : this.#failures + 1;
    const took = performance.now() - began;
    if (!document.hidden) {
      // A slow server is left alone for four times as long as it took, and one that is gone for twice as long each time.
      const pause = Math.max(PERIOD_MS * 2 ** Math.max(0, this.#failures - 1), 4 * took);
      this.#timer = setTimeout(() => this.now(), Math.min(pause, LONGEST_PERIOD_MS));
    }
  }

  stop() {
    clearTimeout(this.#timer);
    this.#current?.abort();
    this.#current = undefined;
  }
}
