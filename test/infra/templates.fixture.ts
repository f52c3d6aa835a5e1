import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { contracts } from '#functions/contracts.ts';
import { buildApp } from '#infra/app.ts';
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

/** The file of the templates of a context, in the folder of the test run: other tests of the run read it, too. */
function templatesFile(context: Readonly<Record<string, string>>): string {
  const folder = join(tmpdir(), 'templates');
  mkdirSync(folder, { recursive: true });
  const settings = Object.entries(context).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return join(folder, createHash('sha256').update(JSON.stringify(settings)).digest('hex'));
}

/**
 * Synthesizes the whole app into a temporary folder, as often as a test asks. The templates of a context are
 * synthesized once in a run of tests.
 */
export function synthesizer(): {
  /** The assembly of the app. */
  readonly app: (context: Readonly<Record<string, string>>) => CloudAssembly;
  readonly synthesize: (context?: Readonly<Record<string, string>>) => Templates;
  readonly remove: () => void;
} {
  const { folder, bundles, remove } = bundlesFor(contracts);
  const app = (context: Readonly<Record<string, string>>): CloudAssembly => {
    const outdir = mkdtempSync(join(folder, 'assembly-'));
    return buildApp({ bundles, outdir, context: { stage: 'test', ...context }, checks: false }).synth();
  };
  return {
    app,
    synthesize: (context = {}) => {
      const file = templatesFile(context);
      if (!existsSync(file)) {
        const templates = app(context).stacks.map(({ stackName, templateFullPath }) => [
          stackName.split('-').at(-1) ?? '',
          JSON.parse(readFileSync(templateFullPath, 'utf8')) as Template,
        ]);
        // Other workers see the whole file, or none.
        writeFileSync(`${file}.${process.pid}`, JSON.stringify(templates));
        renameSync(`${file}.${process.pid}`, file);
      }
      return new Map(JSON.parse(readFileSync(file, 'utf8')) as [string, Template][]);
    },
    remove,
  };
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
