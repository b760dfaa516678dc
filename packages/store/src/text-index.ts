// An index from a text (a contact, a source) to the addresses of record that are registered under it.

/** Nearly always one address of record stands behind a text; the thousands behind one trunk get a set. */
export class TextIndex {
  readonly #owners = new Map<string, string | Set<string>>();

  add(text: string, aor: string): void {
    const owners = this.#owners.get(text);
    if (owners === undefined) this.#owners.set(text, aor);
    else if (owners instanceof Set) owners.add(aor);
    else if (owners !== aor) this.#owners.set(text, new Set([owners, aor]));
  }

  remove(text: string, aor: string): void {
    const owners = this.#owners.get(text);
    if (owners === aor) this.#owners.delete(text);
    else if (owners instanceof Set) {
      owners.delete(aor);
      if (owners.size === 0) this.#owners.delete(text);
    }
  }

  /** @returns the first answer of `ask` that is not undefined, over the owners in the order in which they came. */
  find<Answer>(text: string, ask: (aor: string) => Answer | undefined): Answer | undefined {
    const owners = this.#owners.get(text);
    if (owners === undefined) return undefined;
    if (!(owners instanceof Set)) return ask(owners);
    for (const aor of owners) {
      const answer = ask(aor);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }
}
