import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { routeKeysOf } from '#contract/endpoint.ts';
import { contracts } from '#functions/contracts.ts';
import { bundledFunctions } from '#infra/bundle.ts';
import { root } from '#infra/esbuild-options.ts';
import type { Cloud } from '#infra/local/cloud.ts';
import { readAssembly } from '#infra/local/templates/assembly.ts';
import { namesFor } from '#infra/names.ts';
import type { Forms } from '#bin/forms.ts';

/** Versions of the platform's code, which run beside each other in one local cloud. */

/** `bundles`: the folder of its functions and services, each in a folder of its name. */
export type Version = { readonly name: string; readonly bundles: string };

/** The last release: its commit, and its forms (test/upgrade/README.md). */
export const released = JSON.parse(readFileSync(join(root, 'test/upgrade/forms.json'), 'utf8')) as Forms & {
  readonly commit: string;
};

const git = (...parameters: readonly string[]): Buffer =>
  execFileSync('git', parameters, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1e9 });

/** The full id of a commit that is stored here. */
function commitOf(name: string): string | undefined {
  try {
    return git('rev-parse', '--verify', '--quiet', `${name}^{commit}`).toString().trim();
  } catch {
    return undefined;
  }
}

/** What bundles are made of. */
const inputs = ['functions', 'infra', 'shared', 'bin', 'package.json', 'package-lock.json', 'tsconfig.json'];

const bundling = `
  const { bundledFunctions } = await import('./infra/bundle.ts');
  process.stdout.write(await bundledFunctions());
`;

/** The packages that a commit needs, and that are not installed any more. */
function absentPackages(commit: string): readonly string[] {
  const { dependencies, devDependencies } = JSON.parse(git('show', `${commit}:package.json`).toString()) as {
    readonly dependencies: object;
    readonly devDependencies: object;
  };
  const names = Object.keys({ ...dependencies, ...devDependencies });
  return names.filter((name) => !existsSync(join(root, 'node_modules', name)));
}

/** Has a build find an empty package of each name: one that a function needs throws when it is used. */
function addEmptyPackages(modules: string, packages: readonly string[]): void {
  for (const name of packages) {
    mkdirSync(join(modules, name), { recursive: true });
    writeFileSync(join(modules, name, 'index.js'), 'module.exports = {};');
  }
}

/**
 * The bundles of a commit, by its own build and today's packages; those that are gone, as the console's may be, are
 * empty. They are built once.
 */
function bundlesOf(commit: string): string {
  const versions = join(root, 'node_modules/.cache/trunkline/versions');
  const folder = join(versions, commit);
  if (existsSync(folder)) return folder;
  mkdirSync(versions, { recursive: true });
  const version = mkdtempSync(join(tmpdir(), 'trunkline-version-'));
  const sources = join(version, 'sources');
  mkdirSync(sources);
  try {
    addEmptyPackages(join(version, 'node_modules'), absentPackages(commit));
    execFileSync('tar', ['-x', '-C', sources], { input: git('archive', commit, ...inputs) });
    symlinkSync(join(root, 'node_modules'), join(sources, 'node_modules'));
    const built = execFileSync(process.execPath, ['--input-type=module', '--eval', bundling], { cwd: sources });
    renameSync(built.toString(), folder);
  } finally {
    rmSync(version, { recursive: true });
  }
  return folder;
}

export const todaysVersion = async (): Promise<Version> => ({ name: 'today', bundles: await bundledFunctions() });

/**
 * A version before today's: the commit that `FORMER_COMMIT` names, else the last release, else, in a clone with a part
 * of the history, the commit before the present one. In a clone without any it is today's code once more, which proves
 * the change from one to the other only.
 */
export async function formerVersion(): Promise<Version> {
  const wanted = process.env['FORMER_COMMIT'];
  if (wanted !== undefined && commitOf(wanted) === undefined)
    throw new Error(`FORMER_COMMIT: no commit ${wanted} is here`);
  const [commit] = [wanted ?? released.commit, 'HEAD~1'].flatMap((name) => commitOf(name) ?? []);
  if (commit === undefined) return { ...(await todaysVersion()), name: 'today, as there is no history' };
  return { name: commit.slice(0, 8), bundles: bundlesOf(commit) };
}

const names = namesFor('local');

/**
 * Has functions run the code of a version from their next event on. Those that the version has not go on.
 * @param only the functions of these names
 */
export function useFunctions(cloud: Cloud, { bundles }: Version, only?: readonly string[]): void {
  for (const { name } of contracts) {
    const folder = join(bundles, name);
    if (only?.includes(name) !== false && existsSync(folder)) cloud.replaceFunction(names.function(name), folder);
  }
}

/**
 * Has the app of an assembly the routes of the version before, which has none of any method that endpoints share. In a
 * deployment they stay until all functions are replaced.
 */
export function useOwnRoutes(assembly: string): void {
  const byPath = Map.groupBy(
    contracts.flatMap((contract) => (contract.kind === 'resource' ? contract.endpoints : [])),
    ({ path }) => path,
  );
  for (const file of globSync('**/*.template.json', { cwd: assembly })) {
    const template = JSON.parse(readFileSync(join(assembly, file), 'utf8')) as {
      Resources: Record<string, { readonly Type: string; readonly Properties?: { readonly RouteKey?: string } }>;
    };
    const own = Object.entries(template.Resources).flatMap(([id, of]) => {
      const { RouteKey: key = '' } = of.Properties ?? {};
      const endpoints = key.startsWith('ANY ') ? (byPath.get(key.slice('ANY '.length)) ?? []) : [];
      const keys = of.Type === 'AWS::ApiGatewayV2::Route' ? endpoints.flatMap(routeKeysOf) : [];
      if (keys.length < 2) return [[id, of] as const];
      return keys.map(
        (each, at) => [`${id}${at}`, { ...of, Properties: { ...of.Properties, RouteKey: each } }] as const,
      );
    });
    writeFileSync(join(assembly, file), JSON.stringify({ ...template, Resources: Object.fromEntries(own) }));
  }
}

/** The folder that the image of a service is built from, whose tasks run today's code. */
export function imageOf(assembly: string, service: string, { bundles }: Version): string {
  const code = readFileSync(join(bundles, service, 'index.mjs'));
  const image = [...readAssembly(assembly).images.values()].find((folder) =>
    readFileSync(join(folder, 'index.mjs')).equals(code),
  );
  if (image === undefined) throw new Error(`${service} has no image`);
  return image;
}

/** Has the tasks of the next deployments of a service run the code of a version. */
export const useImage = (image: string, service: string, { bundles }: Version): void =>
  cpSync(join(bundles, service), image, { recursive: true });
