/** After this long without a sign of somebody, nobody is there: half of it would be reading, twice of it a lunch. */
const AWAY_AFTER_MS = 5 * 60_000;
const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'focus'] as const;

/**
 * Whether somebody looks at the page. What the page asks by itself must not count as that, or a session would never end on
 * a screen that was left.
 */
export class Presence {
  readonly #onReturn: () => void;
  #seenAt = Date.now();

  /** `onReturn` is told where somebody comes back. */
  constructor(onReturn: () => void) {
    this.#onReturn = onReturn;
  }

  get isThere(): boolean {
    return document.visibilityState === 'visible' && Date.now() - this.#seenAt < AWAY_AFTER_MS;
  }

  /** Begins to look for signs; returns a function that ends this. */
  watch(): () => void {
    const note = () => {
      const wasThere = this.isThere;
      this.#seenAt = Date.now();
      if (!wasThere) this.#onReturn();
    };
    for (const sign of SIGNS) window.addEventListener(sign, note, { capture: true, passive: true });
    return () => {
      for (const sign of SIGNS) window.removeEventListener(sign, note, true);
    };
  }
}
