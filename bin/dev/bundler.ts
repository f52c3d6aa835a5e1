import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { context, type BuildContext, type BuildResult } from 'esbuild';
import { bundleAssets } from '#infra/browser-bundle.ts';
import { sourcesOf, type BundleManifest } from '#infra/bundle-manifest.ts';
import { deriveAssets, withDerivedSources } from '#infra/derived-assets.ts';
import { esbuildOptions, type BundleEntry, type Runtime } from '#infra/esbuild-options.ts';

/** A bundle that differs from the running one, and its folder. */
export type Rebuilt = BundleEntry & { readonly folder: string };

type Bundle = { readonly entry: BundleEntry; readonly sources: ReadonlySet<string>; readonly folder: string };

/**
 * esbuild contexts that are kept: each holds the parsed files of the entries that it bundles together. The last ones
 * suffice, as a person edits a few files at a time.
 */
const maxContexts = 4;

/** Bundles again what a change affects, starting from the bundles of a build. */
export class Bundler {
  readonly #outdir: string;
  readonly #bundles: Map<string, Bundle>;
  readonly #contexts = new Map<string, BuildContext>();
  #generation = 0;

  /** @param bundles folder of the build. @param outdir folder for new bundles, each in a folder of its own */
  constructor(manifest: BundleManifest, bundles: string, outdir: string) {
    this.#outdir = outdir;
    this.#bundles = new Map(
      Object.entries(manifest).map(([name, { sources, ...entry }]) => [
        name,
        { entry, sources: new Set(sources), folder: join(bundles, name) },
      ]),
    );
  }

  /** Entries whose bundles, browser files or derived files are made from one of the files. */
  affectedBy(files: ReadonlySet<string>): readonly BundleEntry[] {
    const affected = [...this.#bundles.values()].filter(
      ({ entry, sources }) => [...files].some((file) => sources.has(file)) || changesAssets(entry, files),
    );
    return affected.map(({ entry }) => entry);
  }

  /**
   * Bundles the entries.
   *
   * @param files the changed files
   * @returns the entries whose code or assets differ from before
   * @throws BuildFailure of esbuild; Error if contracts do not load
   */
  async rebuild(entries: readonly BundleEntry[], files: ReadonlySet<string>): Promise<readonly Rebuilt[]> {
    this.#generation += 1;
    const byRuntime = Map.groupBy(entries, ({ runtime }) => runtime);
    const rebuilt = await Promise.all(
      [...byRuntime].map(([runtime, group]) => this.#rebuildGroup(runtime, group, files)),
    );
    return rebuilt.flat();
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#contexts.values()].map((each) => each.dispose()));
    this.#contexts.clear();
  }

  async #rebuildGroup(
    runtime: Runtime,
    entries: readonly BundleEntry[],
    files: ReadonlySet<string>,
  ): Promise<readonly Rebuilt[]> {
    const result = await (await this.#contextOf(runtime, entries)).rebuild();
    const sources = await withDerivedSources(sourcesOf(result.metafile ?? { inputs: {}, outputs: {} }));
    const codes = codeByName(result);
    const drafts = await Promise.all(
      entries.map((entry) =>
        this.#draft({ entry, sources: new Set(sources.get(entry.name)) }, codes.get(entry.name), files),
      ),
    );
    await deriveAssets(drafts.map(({ folder, sources: own }) => ({ folder, sources: [...own] })));
    return drafts.filter((draft) => this.#keep(draft)).map(({ entry, folder }) => ({ ...entry, folder }));
  }

  /** Editing a file again affects the same entries: their context parses only that file. */
  async #contextOf(runtime: Runtime, entries: readonly BundleEntry[]): Promise<BuildContext> {
    const key = entries.map(({ name }) => name).join();
    const known = this.#contexts.get(key);
    this.#contexts.delete(key);
    const found =
      known ?? (await context({ ...esbuildOptions(runtime, entries, this.#outdir), write: false, logLevel: 'silent' }));
    this.#contexts.set(key, found);
    const [oldest] = this.#contexts;
    if (oldest !== undefined && this.#contexts.size > maxContexts) {
      this.#contexts.delete(oldest[0]);
      await oldest[1].dispose();
    }
    return found;
  }

  /** Writes a bundle into a folder of its own. Browser files that have not changed are those of before. */
  async #draft(
    bundle: Omit<Bundle, 'folder'>,
    code: Uint8Array = new Uint8Array(),
    files: ReadonlySet<string>,
  ): Promise<Bundle> {
    const { entry } = bundle;
    const assets = join(this.#folderOf(entry), 'assets');
    const folder = join(this.#outdir, `${entry.name}.${this.#generation}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'index.mjs'), code);
    if (changesAssets(entry, files)) await bundleAssets(entry, folder, { hasGallery: true });
    else if (existsSync(assets)) cpSync(assets, join(folder, 'assets'), { recursive: true });
    return { ...bundle, folder };
  }

  /** Whether a bundle differs from the running one. One that does not is removed. */
  #keep(draft: Bundle): boolean {
    const before = this.#folderOf(draft.entry);
    const differs = !hasSameFiles(before, draft.folder);
    if (!differs) rmSync(draft.folder, { recursive: true });
    this.#bundles.set(draft.entry.name, differs ? draft : { ...draft, folder: before });
    return differs;
  }

  /** Folder of the running bundle. */
  #folderOf({ name }: BundleEntry): string {
    return this.#bundles.get(name)?.folder ?? '';
  }
}

const filesIn = (folder: string): readonly string[] => globSync('{index.mjs,assets/*}', { cwd: folder }).toSorted();

function hasSameFiles(one: string, other: string): boolean {
  const names = filesIn(one);
  return (
    names.join() === filesIn(other).join() &&
    names.every((name) => readFileSync(join(one, name)).equals(readFileSync(join(other, name))))
  );
}

const changesAssets = ({ file }: BundleEntry, files: ReadonlySet<string>): boolean =>
  [...files].some((each) => each.startsWith(`${dirname(file)}/browser/`));

const codeByName = ({ outputFiles = [] }: BuildResult): ReadonlyMap<string, Uint8Array> =>
  new Map(outputFiles.map(({ path, contents }) => [basename(dirname(path)), contents]));
