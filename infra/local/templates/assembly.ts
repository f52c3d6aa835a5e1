import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalCloudError } from './resource.ts';
import type { VersionOf } from './resource-types.ts';
import { resolveTemplates, type ResolvedStacks, type Template } from './template.ts';

/** A synthesized CDK app, ready to be run. */
export type Assembly = ResolvedStacks & {
  /** Object key of an asset (`<hash>.zip`) → absolute path of its folder. */
  readonly assets: ReadonlyMap<string, string>;
  /** Tag of a container image → absolute path of the folder that it is built from. */
  readonly images: ReadonlyMap<string, string>;
};

type Manifest = {
  readonly artifacts: Readonly<Record<string, { readonly type: string; readonly properties?: ArtifactProperties }>>;
};
type ArtifactProperties = { readonly templateFile?: string; readonly stackName?: string; readonly file?: string };
type AssetManifest = {
  readonly files?: Readonly<Record<string, { readonly source: { readonly path?: string } }>>;
  readonly dockerImages?: Readonly<Record<string, { readonly source: { readonly directory?: string } }>>;
};

/**
 * Reads the folder that `app.synth()` or `cdk synth` has written.
 *
 * @param versionOf number of the version of a function; 1 by default
 * @throws LocalCloudError if there is none, or a template cannot be interpreted
 * @see https://docs.aws.amazon.com/cdk/api/v2/docs/cloud-assembly-schema-readme.html
 */
export function readAssembly(folder: string, versionOf?: VersionOf): Assembly {
  const readJson = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'));
  if (!existsSync(join(folder, 'manifest.json'))) throw new LocalCloudError(`${folder} holds no synthesized CDK app.`);
  const artifacts = Object.entries((readJson('manifest.json') as Manifest).artifacts);
  const ofType = (wanted: string): (readonly [id: string, properties: ArtifactProperties])[] =>
    artifacts.filter(([, { type }]) => type === wanted).map(([id, { properties }]) => [id, properties ?? {}]);
  const templates = ofType('aws:cloudformation:stack').map(
    ([id, { stackName = id, templateFile = '' }]): [string, Template] => [
      stackName,
      readJson(templateFile) as Template,
    ],
  );
  const manifests = ofType('cdk:asset-manifest').map(([, { file = '' }]) => readJson(file) as AssetManifest);
  return {
    ...resolveTemplates(new Map(templates), versionOf),
    assets: new Map(
      manifests
        .flatMap(({ files = {} }) => Object.entries(files))
        .map(([hash, { source }]) => [`${hash}.zip`, join(folder, source.path ?? '')]),
    ),
    images: new Map(
      manifests
        .flatMap(({ dockerImages = {} }) => Object.entries(dockerImages))
        .map(([hash, { source }]) => [hash, join(folder, source.directory ?? '')]),
    ),
  };
}
