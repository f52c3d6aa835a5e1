import { compileCacheIn, FunctionPool, type FunctionSettings, type Invocation, type Rest } from './lambda-pool.ts';

/** Code of a version: its key among the assets of an assembly, and the folder of the bundle. */
export type VersionCode = { readonly key: string; readonly folder: string };

/** The version of a function that has none: its code is called without an alias. */
const unpublished = '$LATEST';

/**
 * The versions of one function, and its alias. Code that is called without the alias is that of the alias's version:
 * on AWS it would be the newest.
 */
export class FunctionVersions {
  readonly #settings: FunctionSettings;
  readonly #rest: Rest;
  readonly #random: () => number;
  readonly #pools = new Map<string, FunctionPool>();
  readonly #failures = new Map<string, number>();
  #live: { readonly version: string; readonly key: string };
  #next: { readonly version: string; readonly share: number; readonly key: string } | undefined;

  /** @param key of the code that `settings` name @param hasAlias whether the code is a version @param random 0–1 */
  constructor(
    settings: FunctionSettings,
    { key, hasAlias, rest, random }: { readonly key: string; hasAlias: boolean; rest: Rest; random: () => number },
  ) {
    this.#settings = settings;
    this.#rest = rest;
    this.#random = random;
    this.#live = { version: hasAlias ? '1' : unpublished, key };
    this.#add(this.#live.version, settings.environment.folder);
  }

  /** The version of the alias, and the key of its code. */
  get live(): { readonly version: string; readonly key: string } {
    return this.#live;
  }

  /** The number of the version that is published next. */
  get nextVersion(): string {
    return String(this.#pools.size + 1);
  }

  get busy(): boolean {
    return [...this.#pools.values()].some(({ busy }) => busy);
  }

  /** Events that a version did not end: crashes and timeouts. */
  failuresOf(version: string): number {
    return this.#failures.get(version) ?? 0;
  }

  /** Publishes a version. The alias does not run it yet. */
  publish({ key, folder }: VersionCode): void {
    const version = this.nextVersion;
    this.#add(version, folder);
    this.#next = { version, share: 0, key };
  }

  /** Moves a share (0–1) of the alias's events to the version that was published last. 1: it is the alias's version. */
  shift(share: number): void {
    if (this.#next === undefined) return;
    const { version, key } = this.#next;
    this.#next = { version, key, share };
    if (share < 1) return;
    this.#live = { version, key };
    this.#next = undefined;
  }

  /** Moves all events of the alias back to its version. */
  moveBack(): void {
    this.#next = undefined;
  }

  async invoke(event: string, functionArn: string): Promise<Invocation> {
    const { version } = this.#next !== undefined && this.#random() < this.#next.share ? this.#next : this.#live;
    const invocation = await this.#poolOf(version).invoke(event, functionArn);
    if (invocation.failed) this.#failures.set(version, this.failuresOf(version) + 1);
    return invocation;
  }

  /** Runs the code in another folder from the next event on. */
  replaceCode(folder: string): void {
    this.#poolOf(this.#live.version).replaceCode(folder);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.stop()));
  }

  #add(version: string, folder: string): void {
    const { environment, variables } = this.#settings;
    const settings = {
      ...this.#settings,
      environment: { ...environment, folder, version },
      variables: { ...variables, ...compileCacheIn(folder), AWS_LAMBDA_FUNCTION_VERSION: version },
    };
    this.#pools.set(version, new FunctionPool(settings, this.#rest));
  }

  #poolOf(version: string): FunctionPool {
    const pool = this.#pools.get(version);
    if (pool === undefined) throw new Error(`There is no version ${version}.`);
    return pool;
  }
}
