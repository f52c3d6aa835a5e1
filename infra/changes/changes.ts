import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Properties } from '../declared.ts';

/** What an update of stacks does to the resources that exist. */

export type ChangedTemplate = {
  readonly Resources?: Readonly<
    Record<
      string,
      {
        readonly Type: string;
        readonly Properties?: Properties;
        readonly DeletionPolicy?: string | undefined;
        readonly UpdateReplacePolicy?: string | undefined;
      }
    >
  >;
  readonly Parameters?: Readonly<Record<string, { readonly Type: string; readonly Default?: unknown }>>;
};
type Resource = NonNullable<ChangedTemplate['Resources']>[string];

/** The templates of stacks, by the names of the stacks. */
export type TemplatesByStack = ReadonlyMap<string, ChangedTemplate>;

export type Change = {
  readonly stack: string;
  /** Logical id. */
  readonly resource: string;
  readonly type: string;
  readonly change: 'replaced' | 'removed';
  /** Properties that cause a replacement. */
  readonly properties: readonly string[];
  /** The resource before the change. */
  readonly before: Resource;
};

/** The description of AWS's resource types that the CDK command line ships (aws/aws-cdk-cli, `db.json.gz`). */
type Database = {
  readonly schema: {
    readonly resource: {
      readonly entities: readonly {
        readonly cloudFormationType: string;
        readonly properties: Readonly<Record<string, { readonly causesReplacement?: 'yes' | 'no' | 'maybe' }>>;
      }[];
    };
  };
};

let types: ReadonlyMap<string, ReadonlySet<string>> | undefined;

function readTypes(): ReadonlyMap<string, ReadonlySet<string>> {
  const folder = dirname(createRequire(import.meta.url).resolve('aws-cdk/package.json'));
  const database = JSON.parse(gunzipSync(readFileSync(join(folder, 'db.json.gz'))).toString()) as Database;
  return new Map(
    database.schema.resource.entities.map(({ cloudFormationType, properties }) => [
      cloudFormationType,
      new Set(
        Object.entries(properties)
          .filter(([, { causesReplacement = 'no' }]) => causesReplacement !== 'no')
          .map(([name]) => name),
      ),
    ]),
  );
}

/**
 * The properties of a resource type whose change may replace the resource; undefined for a type that is not known.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
 */
const replacingProperties = (type: string): ReadonlySet<string> | undefined => (types ??= readTypes()).get(type);

/** Logical ids that a value refers to, by `Ref`, `Fn::GetAtt` or `Fn::Sub`. */
function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, operand]: [string, unknown]) => {
    if (key === 'Ref') return [String(operand)];
    if (key === 'Fn::GetAtt') return [String(Array.isArray(operand) ? operand[0] : operand).split('.')[0] ?? ''];
    if (key !== 'Fn::Sub') return referencesIn(operand);
    const [text, values] = Array.isArray(operand) ? (operand as unknown[]) : [operand];
    return [...String(text).matchAll(/\$\{([\w:]+)/g)].map(([, id = '']) => id).concat(referencesIn(values));
  });
}

/** A value whose fields have an order, and whose references to parameters of Systems Manager have their names. */
function comparable(value: unknown, parameters: ChangedTemplate['Parameters']): unknown {
  if (Array.isArray(value)) return value.map((each) => comparable(each, parameters));
  if (typeof value !== 'object' || value === null) return value;
  const referred = 'Ref' in value ? parameters?.[String(value.Ref)] : undefined;
  if (referred !== undefined) return { parameter: referred.Default };
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, of]) => [key, comparable(of, parameters)]),
  );
}

/** One stack before and after: which properties differ, and which of them replace their resource. */
class Update {
  readonly stack: string;
  readonly #before: ChangedTemplate;
  readonly #after: ChangedTemplate;

  constructor(stack: string, before: ChangedTemplate, after: ChangedTemplate) {
    this.stack = stack;
    this.#before = before;
    this.#after = after;
  }

  changes(): Change[] {
    const { Resources = {} } = this.#before;
    const replaced = this.#replaced();
    return Object.entries(Resources).flatMap(([id, before]): Change[] => {
      const properties = replaced.get(id);
      const isRemoved = this.#after.Resources?.[id] === undefined;
      if (!isRemoved && properties === undefined) return [];
      const change = isRemoved ? 'removed' : 'replaced';
      return [
        { stack: this.stack, resource: id, type: before.Type, change, properties: [...(properties ?? [])], before },
      ];
    });
  }

  /** Replaced resources, with the properties that cause it. One that names a replaced resource is replaced, too. */
  #replaced(): ReadonlyMap<string, ReadonlySet<string>> {
    const replaced = new Map<string, ReadonlySet<string>>();
    for (let known = -1; known < replaced.size;) {
      known = replaced.size;
      for (const id of Object.keys(this.#before.Resources ?? {})) {
        const causes = this.#causes(id, replaced);
        if (causes.size > 0) replaced.set(id, causes);
      }
    }
    return replaced;
  }

  #causes(id: string, replaced: ReadonlyMap<string, unknown>): ReadonlySet<string> {
    const [before, after] = [this.#before.Resources?.[id], this.#after.Resources?.[id]];
    if (before === undefined || after === undefined) return new Set();
    if (before.Type !== after.Type) return new Set(['Type']);
    const replacing = replacingProperties(before.Type);
    const names = new Set([...Object.keys(before.Properties ?? {}), ...Object.keys(after.Properties ?? {})]);
    return new Set(
      [...names].filter((name) => {
        // Of an unknown type, any property may replace the resource.
        if (replacing?.has(name) === false) return false;
        const value = after.Properties?.[name];
        return (
          JSON.stringify(comparable(before.Properties?.[name], this.#before.Parameters)) !==
            JSON.stringify(comparable(value, this.#after.Parameters)) ||
          referencesIn(value).some((referred) => replaced.has(referred))
        );
      }),
    );
  }
}

/**
 * The resources that an update would replace or remove, stack by stack. A stack that is not in `wanted` stays as it is,
 * because `cdk deploy` deletes none. The comparison knows no values that AWS generates: a property that names a zone by
 * its number and then by its name counts as changed.
 */
export const changesOf = (deployed: TemplatesByStack, wanted: TemplatesByStack): Change[] =>
  [...deployed].flatMap(([stack, before]) => {
    const after = wanted.get(stack);
    return after === undefined ? [] : new Update(stack, before, after).changes();
  });
