import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Loader, type Plugin } from 'esbuild';
import { root, type BundleEntry } from './esbuild-options.ts';

/** ReDoc loads its maker's logo from a CDN. Our pages load nothing from elsewhere and show the name instead. */
const foreignLogo = 'https://cdn.redoc.ly/redoc/logo-mini-full.svg';
const ownLogo =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 width=%2252%22 height=%2214%22%3E' +
  '%3Ctext y=%2211%22 font-family=%22sans-serif%22 font-size=%2212%22 fill=%22%23868e96%22%3ERedocly%3C/text%3E' +
  '%3C/svg%3E';

const withoutForeignLogo: Plugin = {
  name: 'without-foreign-logo',
  setup: ({ onLoad }) => {
    onLoad({ filter: /redoc\.standalone\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8')
        .replaceAll(foreignLogo, ownLogo)
        .replaceAll(foreignLogo.replace('-full', ''), ownLogo),
      loader: 'js',
    }));
  },
};

/** Files of a package by the names that its index exports. */
function filesOf(index: string): ReadonlyMap<string, string> {
  const imports = readFileSync(index, 'utf8').matchAll(/^import \{ ([^}]+) \} from "([^"]+)";$/gm);
  return new Map(
    [...imports].flatMap(([, names = '', file = '']) =>
      names.split(', ').map((name): [string, string] => [name.replace(/^.* as /, ''), join(dirname(index), file)]),
    ),
  );
}

const loaders: Readonly<Record<string, Loader>> = { '.tsx': 'tsx', '.ts': 'ts' };

/** What the packages of Mantine export, by name: the file of each. */
const mantineFiles = (): ReadonlyMap<string, string> =>
  new Map(
    ['core', 'spotlight'].flatMap((name) => [...filesOf(join(root, `node_modules/@mantine/${name}/esm/index.mjs`))]),
  );

/** Names that a script imports from an index of Mantine. */
const namedImports = /^import \{([^}]+)\} from ['"]@mantine\/(?:core|spotlight)['"];$/gm;

/**
 * Imports each component of Mantine from its own file. By its index, esbuild counts every component that any area of
 * the console uses as needed by the first page, too.
 */
const withoutIndex: Plugin = {
  name: 'without-index',
  setup: ({ onLoad }) => {
    const files = mantineFiles();
    const ownImport = (name: string): string => {
      const file = files.get(name.replace(/ as .*$/, ''));
      return file === undefined ? '' : `import { ${name} } from ${JSON.stringify(file)};`;
    };
    onLoad({ filter: /\/browser\/.*\.tsx?$|@mantine\/spotlight\/.*\.mjs$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll(namedImports, (_statement, names: string) =>
        names
          .split(',')
          .map((name) => ownImport(name.trim()))
          .join(' '),
      ),
      loader: loaders[extname(path)] ?? 'js',
    }));
  },
};

/** The scripts of the console, and of a package that is made of components of Mantine. */
const sourcesOfComponents = [
  'functions/system/console/browser/**/*.tsx',
  'node_modules/@mantine/spotlight/esm/**/*.mjs',
];

/** The texts of the scripts that are needed by some components of Mantine. */
function scriptsOf(files: readonly string[], known = new Map<string, string>()): ReadonlyMap<string, string> {
  for (const file of files.filter((each) => !known.has(each))) {
    const text = readFileSync(file, 'utf8');
    known.set(file, text);
    const needed = text.matchAll(/(?:from|import) "(\.[^"]+)"/g);
    scriptsOf(
      [...needed].map(([, name = '']) => join(dirname(file), name)),
      known,
    );
  }
  return known;
}

/** Names of classes, as Mantine makes them. */
const classNames = (text: string): readonly string[] => [...text.matchAll(/\bm_[0-9a-f]+/g)].map(([name]) => name);

/** The style sheet of Mantine without the parts of components that no script uses. @param file `styles.css` */
function usedStyles(file: string): string {
  const files = mantineFiles();
  const scripts = globSync(sourcesOfComponents, { cwd: root }).map((source) =>
    readFileSync(join(root, source), 'utf8'),
  );
  const named = scripts.flatMap((text) =>
    [...text.matchAll(namedImports)].flatMap(([, names = '']) => names.split(',')),
  );
  const used = named.map((name) => files.get(name.trim().replace(/ as .*$/, '')) ?? '').filter((each) => each !== '');
  const classes = new Set([...scriptsOf(used).values()].flatMap(classNames));
  const parts = globSync('styles/*.css', { cwd: dirname(file), exclude: ['**/*.layer.css'] });
  return parts
    .map((part) => readFileSync(join(dirname(file), part), 'utf8').trim())
    .filter((part) => classNames(part).length > 0 && !classNames(part).some((name) => classes.has(name)))
    .reduce((styles, part) => styles.replace(part, ''), readFileSync(file, 'utf8'));
}

const withoutUnusedStyles: Plugin = {
  name: 'without-unused-styles',
  setup: ({ onLoad }) => {
    onLoad({ filter: /@mantine\/core\/styles\.css$/ }, ({ path }) => ({ contents: usedStyles(path), loader: 'css' }));
  },
};

/** The scripts and style sheets for browsers in a function's folder `browser/`, as absolute paths. */
const browserSources = ({ file }: Pick<BundleEntry, 'file'>): readonly string[] =>
  globSync(`${dirname(file)}/browser/*.{ts,tsx,css}`, { cwd: root, exclude: ['**/*.d.ts'] }).map((source) =>
    join(root, source),
  );

/** @param hasGallery whether the console has the gallery of its kit, for who changes that */
type Assets = { readonly hasGallery?: boolean };

/**
 * Bundles a function's scripts and style sheets for browsers into `<folder>/assets`, if it has any. Each becomes
 * `<name>-<hash of its content>.<js or css>.gz`: compressed once, here. Licences stay with what they license.
 */
export async function bundleAssets(
  entry: Pick<BundleEntry, 'file'>,
  folder: string,
  { hasGallery = false }: Assets = {},
): Promise<void> {
  const entryPoints = [...browserSources(entry)];
  if (entryPoints.length === 0) return;
  const assets = join(folder, 'assets');
  const { outputFiles } = await build({
    entryPoints,
    outdir: assets,
    write: false,
    entryNames: '[name]-[hash]',
    bundle: true,
    minify: true,
    platform: 'browser',
    target: 'es2022',
    format: 'esm',
    // What several areas of a page share, and each area, is a file of its own, loaded when it is needed.
    splitting: true,
    chunkNames: '[name]-[hash]',
    jsx: 'automatic',
    legalComments: 'eof',
    logLevel: 'error',
    define: { hasGallery: String(hasGallery) },
    plugins: [withoutForeignLogo, withoutIndex, withoutUnusedStyles],
  });
  mkdirSync(assets, { recursive: true });
  for (const { path, contents } of outputFiles)
    writeFileSync(join(assets, `${basename(path)}.gz`), gzipSync(contents, { level: 9 }));
}
