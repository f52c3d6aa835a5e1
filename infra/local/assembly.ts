import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { LocalCloudError } from './resource.ts';
import { resolveTemplates } from './template.ts';
import type { ResolvedStacks, Template } from './template.ts';

/** A synthesized CDK app, ready to be run. */
export type Assembly = ResolvedStacks & {
  /** Object key of an asset (`<hash>.zip`) → absolute path of the folder that it was made of. */
  readonly assets: ReadonlyMap<string, string>;
  /** Tag of a container image → absolute path of the folder that it was made of. */
  readonly images: ReadonlyMap<string, string>;
};

type Manifest = { readonly artifacts: Readonly<Record<string, { readonly type: string; readonly properties?: ArtifactProperties }>> };
type ArtifactProperties = { readonly templateFile?: string; readonly stackName?: string; readonly file?: string };
type AssetManifest = {
  readonly files?: Readonly<Record<string, { readonly source: { readonly path?: string } }>>;
  readonly dockerImages?: Readonly<Record<string, { readonly source: { readonly directory?: string } }>>;
};

/**
 * Reads the folder that `app.synth()` or `cdk synth` has written.
 *
 * @throws LocalCloudError when there is none, or a template cannot be interpreted
 * @see https://docs.aws.amazon.com/cdk/api/v2/docs/cloud-assembly-schema-readme.html
 */
export function readAssembly(folder: string): Assembly {
  const readJson = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'));
  if (!existsSync(join(folder, 'manifest.json'))) throw new LocalCloudError(`${folder} holds no synthesized CDK app.`);
  const artifacts = Object.entries((readJson('manifest.json') as Manifest).artifacts);
  const ofType = (wanted: string): (readonly [id: string, properties: ArtifactProperties])[] =>
    artifacts.filter(([, { type }]) => type === wanted).map(([id, { properties }]) => [id, properties ?? {}]);
  const templates = ofType('aws:cloudformation:stack').map(([id, { stackName = id, templateFile = '' }]): [string, Template] => [stackName, readJson(templateFile) as Template]);
  const manifests = ofType('cdk:asset-manifest').map(([, { file = '' }]) => readJson(file) as AssetManifest);
  return {
    ...resolveTemplates(new Map(templates)),
    assets: new Map(manifests.flatMap(({ files = {} }) => Object.entries(files)).map(([hash, { source }]) => [`${hash}.zip`, join(folder, source.path ?? '')])),
    images: new Map(manifests.flatMap(({ dockerImages = {} }) => Object.entries(dockerImages)).map(([hash, { source }]) => [hash, join(folder, source.directory ?? '')])),
  };
}

export type CachedBuild = {
  /** Files and folders that the build reads; tests among them change nothing. */
  readonly inputs: readonly string[];
  /** Folder in which assemblies are kept by the fingerprint of their inputs. */
  readonly cache: string;
  /** Writes the assembly into an empty folder. */
  build(folder: string): Promise<void>;
};

/** Milliseconds after its last use when an assembly is removed from the cache. */
const keptFor = 7 * 24 * 3600 * 1000;

/** Builds an assembly, unless one of the same inputs is there. Several processes may do so at once. @returns its folder */
export async function cachedAssembly({ inputs, cache, build }: CachedBuild): Promise<string> {
  const folder = join(cache, fingerprint(inputs));
  if (!existsSync(folder)) {
    mkdirSync(cache, { recursive: true });
    const draft = mkdtempSync(`${folder}.`);
    await build(draft);
    takeIntoPlace(draft, folder);
  }
  utimesSync(folder, new Date(), new Date());
  for (const name of readdirSync(cache)) {
    if (Date.now() - statSync(join(cache, name)).mtimeMs > keptFor) rmSync(join(cache, name), { recursive: true, force: true });
  }
  return folder;
}

/** Another process may have been quicker: what it built is the same. */
function takeIntoPlace(draft: string, folder: string): void {
  try {
    renameSync(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(draft, { recursive: true });
  }
}

/** Hash of names and contents of all input files. */
function fingerprint(inputs: readonly string[]): string {
  const files = inputs.flatMap((input) => (statSync(input).isDirectory() ? globSync(`${input}/**/*.*`) : [input]));
  const hash = createHash('sha256');
  for (const file of files.filter((name) => !name.endsWith('.test.ts')).sort()) hash.update(`${file}\0`).update(readFileSync(file)).update('\0');
  return hash.digest('hex').slice(0, 16);
}
