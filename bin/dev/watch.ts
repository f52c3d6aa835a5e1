import { globSync, statSync, watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import { root } from '#infra/esbuild-options.ts';

/** Files that were written within a moment, relative to the project's folder. */
export type Change = {
  readonly files: ReadonlySet<string>;
  /** When the first was noticed: milliseconds of `performance.now`. */
  readonly at: number;
};

/** Milliseconds without another write after which a change is complete: an editor writes a file in several steps. */
const settleTime = 20;

const isSource = (file: string): boolean =>
  /\.(tsx?|css|json|html|svg)$/.test(file) && !/[.-](test|fixture)\.tsx?$/.test(file);

const isFolder = (path: string): boolean =>
  statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory() ?? false;

/**
 * Watches every folder by itself. Node's own recursive watching follows files by their inode on Linux, so it misses
 * every second save of an editor that writes a new file and renames it.
 */
class FolderWatch {
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #changed: (file: string) => void;

  constructor(changed: (file: string) => void) {
    this.#changed = changed;
  }

  /** Watches a folder and those in it. */
  add(folder: string): void {
    for (const each of [folder, ...globSync(`${folder}/**/`, { cwd: root })]) this.#watch(each);
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
  }

  #watch(folder: string): void {
    if (this.#watchers.has(folder)) return;
    const watcher = watch(join(root, folder), (event, name) => {
      const path = join(folder, name ?? '');
      if (event === 'rename' && isFolder(path)) this.add(path);
      else this.#changed(path);
    });
    // A folder that is removed ends its watcher.
    watcher.on('error', () => this.#watchers.delete(folder));
    this.#watchers.set(folder, watcher);
  }
}

/** Calls `changed` with the sources below `folders` that are written. @returns what ends it */
export function watchSources(folders: readonly string[], changed: (change: Change) => void): () => void {
  let files = new Set<string>();
  let at = 0;
  let timer: NodeJS.Timeout | undefined;
  const report = (): void => {
    const change = { files, at };
    files = new Set();
    changed(change);
  };
  const folderWatch = new FolderWatch((file) => {
    if (!isSource(file)) return;
    if (files.size === 0) at = performance.now();
    files.add(file);
    clearTimeout(timer);
    timer = setTimeout(report, settleTime);
  });
  for (const folder of folders) folderWatch.add(folder);
  return () => {
    clearTimeout(timer);
    folderWatch.close();
  };
}
