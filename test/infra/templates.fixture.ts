import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { contracts } from '#functions/contracts.ts';
import type { FunctionContract } from '#contract/resource.ts';
import { buildApp } from '#infra/stacks/app.ts';
import { bundlesFor } from './app.fixture.ts';

export type Properties = Readonly<Record<string, unknown>>;

/** A resource of a template. */
export type Declared = {
  readonly Type: string;
  readonly Properties?: Properties;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly UpdatePolicy?: Properties;
};

/** A synthesized CloudFormation template. */
export type Template = {
  readonly Resources: Readonly<Record<string, Declared>>;
  readonly Parameters?: Readonly<Record<string, { readonly Type: string; readonly Default?: string }>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>>;
};

/** The templates of all stacks, by the last part of their names (`data`, `api`). */
export type Templates = ReadonlyMap<string, Template>;

/** The templates by the whole names of their stacks. */
export const byStack = (templates: Templates): Templates =>
  new Map([...templates].map(([part, template]) => [`Trunkline-test-${part}`, template]));

type Context = Readonly<Record<string, string>>;

/**
 * Synthesizes the whole app into a temporary folder.
 * @param chosen its functions; a few are synthesized in a fraction of the time
 */
export function synthesizer(chosen: readonly FunctionContract[] = contracts): {
  /** The assembly of the app. */
  readonly app: (context: Context) => CloudAssembly;
  /** Its templates, which are synthesized once per run for each context. */
  readonly synthesize: (context?: Context) => Templates;
  readonly remove: () => void;
} {
  let own: ReturnType<typeof bundlesFor> | undefined;
  const app = (context: Context): CloudAssembly => {
    own ??= bundlesFor(chosen);
    const outdir = mkdtempSync(join(own.folder, 'assembly-'));
    return buildApp({
      ...{ bundles: own.bundles, outdir, contracts: chosen, checks: false },
      context: { stage: 'test', ...context },
    }).synth();
  };
  return {
    app,
    synthesize: (context = {}) =>
      oncePerRun({ context, chosen }, () =>
        app(context).stacks.map(({ stackName, templateFullPath }) => [
          stackName.split('-').at(-1) ?? '',
          JSON.parse(readFileSync(templateFullPath, 'utf8')) as Template,
        ]),
      ),
    remove: () => own?.remove(),
  };
}

/**
 * The templates of a context, which the processes of a run share as a file of its temporary folder: a synthesis takes a
 * second of a core, and some 90 tests look at some 40 contexts. A context that is an error is synthesized each time.
 */
function oncePerRun(
  { context, chosen }: { readonly context: Context; readonly chosen: readonly FunctionContract[] },
  synthesize: () => [stack: string, template: Template][],
): Templates {
  // The sources may change between the runs of a process that watches them.
  if (process.env['VITEST_MODE'] === 'WATCH') return new Map(synthesize());
  const folder = join(tmpdir(), 'trunkline-templates');
  const sorted = Object.entries(context).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const key = JSON.stringify([sorted, chosen.map(({ name }) => name)]);
  const file = join(folder, `${createHash('sha256').update(key).digest('hex')}.json`);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    const written = `${file}.${randomUUID()}`;
    writeFileSync(written, JSON.stringify(synthesize()));
    renameSync(written, file);
  }
  return new Map(JSON.parse(readFileSync(file, 'utf8')) as [string, Template][]);
}

/** The resources of a type, with their logical ids. */
export const ofType = ({ Resources }: Template, type: string): [id: string, resource: Declared][] =>
  Object.entries(Resources).filter(([, { Type }]) => Type === type);

/** The properties of the resources of a type, in all templates. */
export const propertiesOf = (templates: Templates, type: string): Properties[] =>
  [...templates.values()].flatMap((template) => ofType(template, type).map(([, { Properties = {} }]) => Properties));

/** Logical ids that a value refers to, by `Ref`, `Fn::GetAtt` or `Fn::Sub`. */
export function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, operand]: [string, unknown]) => {
    if (key === 'Ref' && typeof operand === 'string') return [operand];
    if (key === 'Fn::GetAtt') return [String(Array.isArray(operand) ? operand[0] : operand).split('.')[0] ?? ''];
    if (key === 'Fn::Sub') return [...String(operand).matchAll(/\$\{([\w]+)/g)].map(([, id = '']) => id);
    return referencesIn(operand);
  });
}

/** Everything that CloudFormation creates before a resource: what it refers to or depends on, and so on. */
export function createdBefore(template: Template, id: string): ReadonlySet<string> {
  const before = new Set<string>();
  const visit = (current: string): void => {
    const { DependsOn = [], Properties } = template.Resources[current] ?? { Type: '' };
    for (const each of [DependsOn].flat().concat(referencesIn(Properties))) {
      if (before.has(each) || !Object.hasOwn(template.Resources, each)) continue;
      before.add(each);
      visit(each);
    }
  };
  visit(id);
  return before;
}
