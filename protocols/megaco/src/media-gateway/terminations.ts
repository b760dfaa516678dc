// All terminations of a gateway: the physical ones that it was provisioned with, the ephemeral ones that exist for a
// call, and ROOT. Who is in which context is in contexts.ts.
import { isRoot, ROOT, type TerminationId } from '../message/index.js';
import { rootProperties } from './root-properties.js';
import { Realm } from './realm.js';
import { type Checked, ErrorCode, refused } from './refusal.js';
import { type GatewaySurroundings, Termination } from './termination.js';
import { expressionOf } from './wildcards.js';

/** Ephemeral numbers go round: the default binary id has 16 bits for them. */
const LAST_NUMBER = 0xffff;

export class Terminations {
  readonly root: Termination;
  readonly #physical = new Map<string, Termination>();
  readonly #ephemeral = new Map<string, Termination>();
  readonly #ephemeralRealm: Realm;
  #number = 0;

  /** @throws RangeError for packages that the registry does not know. */
  constructor(private readonly around: GatewaySurroundings) {
    const { settings } = around;
    this.#ephemeralRealm = new Realm(settings.packages, settings.ephemeralPackages);
    this.root = new Termination(ROOT, 'root', new Realm(settings.packages, settings.rootPackages, rootProperties(settings)), around);
    const physical = (ids: readonly TerminationId[], realm: Realm): void => {
      for (const id of ids) this.#physical.set(id.toLowerCase(), new Termination(id, 'physical', realm, around));
    };
    physical(settings.lines, new Realm(settings.packages, settings.linePackages, settings.lineProperties));
    physical(settings.trunks, new Realm(settings.packages, settings.trunkPackages));
  }

  get physical(): Iterable<Termination> {
    return this.#physical.values();
  }

  get ephemeral(): Iterable<Termination> {
    return this.#ephemeral.values();
  }

  /** Physical ones first, ROOT not among them. */
  *all(): Iterable<Termination> {
    yield* this.#physical.values();
    yield* this.#ephemeral.values();
  }

  find(id: TerminationId): Termination | undefined {
    if (isRoot(id)) return this.root;
    const key = id.toLowerCase();
    return this.#physical.get(key) ?? this.#ephemeral.get(key);
  }

  /**
   * What CHOOSE means in an Add: a new ephemeral termination where such an id fits, which exists once it is admitted;
   * else the first free physical one. 431 where nothing of the gateway fits, 432 where all that fit are taken.
   */
  choose(pattern: TerminationId): Checked<Termination> {
    const expression = expressionOf(pattern);
    if (expression.test(`${this.around.settings.ephemeral}/1`)) return this.#newEphemeral();
    const fitting = [...this.#physical.values()].filter(({ id }) => expression.test(id));
    const free = fitting.find((each) => !each.context && each.serviceState === 'in-service' && !each.isServiceChanging);
    if (free) return { ok: true, value: free };
    return refused(fitting.length === 0 ? ErrorCode.noTerminationMatched : ErrorCode.noTerminationAvailable, pattern);
  }

  /** A chosen ephemeral termination exists from now on. */
  admit(termination: Termination): void {
    if (termination.kind !== 'ephemeral') return;
    this.#number = Number(termination.id.slice(this.around.settings.ephemeral.length + 1));
    this.#ephemeral.set(termination.id.toLowerCase(), termination);
  }

  /** An ephemeral termination is no more. */
  destroy(termination: Termination): void {
    this.#ephemeral.delete(termination.id.toLowerCase());
  }

  #newEphemeral(): Checked<Termination> {
    for (let step = 1; step <= LAST_NUMBER; step += 1) {
      const number = ((this.#number + step - 1) % LAST_NUMBER) + 1;
      const id = `${this.around.settings.ephemeral}/${number}`;
      if (!this.#ephemeral.has(id.toLowerCase()))
        return { ok: true, value: new Termination(id, 'ephemeral', this.#ephemeralRealm, this.around) };
    }
    return refused(ErrorCode.noTerminationAvailable);
  }
}
