import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readManifest } from '#infra/bundle-manifest.ts';
import { root } from '#infra/esbuild-options.ts';
import { Bundler } from './bundler.ts';
import type { Replaced, Replacement, Started } from './messages.ts';
import { changedStacks, templateSources } from './templates.ts';
import type { Change } from './watch.ts';

/** A local cloud in a process of its own, so that a restart loads all sources again. */
class CloudProcess {
  /** What it reports when it is ready; undefined if it ends before, after it has printed why. */
  readonly started: Promise<Started | undefined>;
  /** Its exit code. */
  readonly ended: Promise<number>;
  readonly #child: ChildProcess;

  /** @param previous a cloud whose ports it takes over */
  constructor(previous?: Started) {
    const ports = previous === undefined ? {} : { PORT: String(previous.port), SIP_PORT: String(previous.sipPort) };
    // A group of its own: a terminal's Ctrl-C reaches it once, through this process.
    const child = fork(join(import.meta.dirname, 'cloud.ts'), { env: { ...process.env, ...ports }, detached: true });
    this.#child = child;
    this.ended = once(child, 'exit').then(([code]) => (typeof code === 'number' ? code : 1));
    const message = new Promise<Started>((resolve) => child.once('message', (started: Started) => resolve(started)));
    this.started = Promise.race([message, this.ended.then(() => undefined)]);
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Runs bundles in place of others. @throws Error with the reason if that fails */
  async replace(bundles: Replacement['bundles']): Promise<void> {
    const answer = new Promise<Replaced>((resolve) => this.#child.once('message', resolve));
    // A process that has just ended cannot be reached: `ended` says so.
    this.#child.send({ kind: 'replace', bundles } satisfies Replacement, () => undefined);
    const ended = this.ended.then((): Replaced => ({ kind: 'replaced', problem: 'The cloud has ended.' }));
    const { problem } = await Promise.race([answer, ended]);
    if (problem !== undefined) throw new Error(problem);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

/** A folder for the bundles of one session, removed at its end. */
function makeFolder(): string {
  const cache = join(root, 'node_modules/.cache/trunkline');
  mkdirSync(cache, { recursive: true });
  return mkdtempSync(join(cache, 'dev-'));
}

/** In no bundle but those of a session: counts as changed when the cloud has started. */
const gallery = 'functions/system/console/browser/gallery/gallery-page.tsx';

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A running cloud whose functions follow their sources. */
export class DevSession {
  readonly #folder = makeFolder();
  readonly #print: (line: string) => void;
  readonly #ended = Promise.withResolvers<number>();
  #cloud: CloudProcess | undefined;
  /** The cloud as it was when it last became ready. */
  #started: Started | undefined;
  #bundler: Bundler | undefined;
  /** Changes are applied one after the other. */
  #queue: Promise<void> = Promise.resolve();
  /** Sources that changed since functions were last bundled: more than one change, if one did not compile. */
  readonly #unbundled = new Set<string>();
  /** Sources that changed since the templates were last compared. */
  readonly #uncompared = new Set<string>();
  #isComparing = false;
  #isRestarting = false;
  #isStopping = false;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** Runs until a signal stops the cloud, or until its first start fails. @returns the exit code */
  async run(): Promise<number> {
    this.#enqueue(() => this.#startCloud());
    const code = await this.#ended.promise;
    await this.#bundler?.dispose();
    rmSync(this.#folder, { recursive: true, force: true });
    return code;
  }

  /** Passes a signal on to the cloud, which stops and so ends the session. */
  signal(signal: NodeJS.Signals): void {
    this.#isStopping = true;
    if (this.#cloud?.isRunning === true) this.#cloud.signal(signal);
    else this.#ended.resolve(0);
  }

  /** Replaces the functions that a change affects. */
  changed(change: Change): void {
    this.#enqueue(() => this.#apply(change));
  }

  #enqueue(work: () => Promise<void>): void {
    this.#queue = this.#queue.then(work).catch((error: unknown) => {
      if (!this.#isStopping) this.#print(sentenceOf(error));
    });
  }

  async #startCloud(): Promise<void> {
    const cloud = new CloudProcess(this.#started);
    this.#cloud = cloud;
    void cloud.ended.then((code) => this.#cloudEnded(code));
    const started = await cloud.started;
    if (started === undefined) return;
    this.#started = started;
    this.#unbundled.clear();
    await this.#bundler?.dispose();
    const folder = mkdtempSync(join(this.#folder, 'bundles-'));
    this.#bundler = new Bundler(readManifest(started.bundles), started.bundles, folder);
    this.#unbundled.add(gallery);
    await this.#replace(performance.now());
    this.#print('Watching functions, infra and shared ...');
  }

  #cloudEnded(code: number): void {
    if (this.#isStopping || this.#started === undefined) this.#ended.resolve(code);
    else if (!this.#isRestarting) this.#print(`The cloud ended with code ${code}. The next change starts it again.`);
  }

  async #restart(reason: string): Promise<void> {
    this.#print(reason);
    this.#isRestarting = true;
    if (this.#cloud?.isRunning === true) this.#cloud.signal('SIGTERM');
    await this.#cloud?.ended;
    this.#isRestarting = false;
    if (!this.#isStopping) await this.#startCloud();
  }

  async #apply({ files, at }: Change): Promise<void> {
    if (this.#isStopping) return;
    if (this.#cloud?.isRunning !== true) return this.#restart('Starting the cloud again ...');
    if ([...files].some((file) => file.startsWith('infra/local/')))
      return this.#restart('The local cloud itself changed: restarting it ...');
    for (const file of files) this.#unbundled.add(file);
    for (const file of files) this.#uncompared.add(file);
    await this.#replace(at);
    void this.#compareTemplates();
  }

  async #replace(at: number): Promise<void> {
    const entries = this.#bundler?.affectedBy(this.#unbundled) ?? [];
    if (this.#bundler === undefined || entries.length === 0) {
      this.#unbundled.clear();
      return;
    }
    const began = performance.now();
    const rebuilt = await this.#bundler.rebuild(entries, this.#unbundled);
    this.#unbundled.clear();
    const bundling = performance.now() - began;
    if (rebuilt.length > 0) await this.#cloud?.replace(rebuilt);
    const names = rebuilt.length > 5 ? `${rebuilt.length} functions` : rebuilt.map(({ name }) => name).join(', ');
    const outcome = rebuilt.length === 0 ? 'No bundle differs' : `Replaced ${names}`;
    const total = performance.now() - at;
    this.#print(`${outcome}: ${entries.length} bundled in ${bundling.toFixed(0)} ms, done in ${total.toFixed(0)} ms`);
  }

  /** Restarts the cloud if the templates of the present sources differ from those that it runs. */
  async #compareTemplates(): Promise<void> {
    if (this.#isComparing) return;
    this.#isComparing = true;
    try {
      let stacks: readonly string[] = [];
      while (this.#uncompared.size > 0) stacks = await this.#differingStacks();
      if (stacks.length > 0)
        this.#enqueue(() => this.#restart(`The templates of ${stacks.join(', ')} changed: restarting the cloud ...`));
    } catch (error) {
      this.#print(`The templates stay as they are: ${sentenceOf(error)}`);
    } finally {
      this.#isComparing = false;
    }
  }

  async #differingStacks(): Promise<readonly string[]> {
    const files = [...this.#uncompared];
    this.#uncompared.clear();
    const sources = await templateSources();
    if (this.#started === undefined || !files.some((file) => sources.has(file))) return [];
    return changedStacks(this.#started.assembly, this.#started.bundles);
  }
}
