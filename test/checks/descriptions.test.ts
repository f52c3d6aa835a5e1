import { expect, test } from 'vitest';
import { contracts } from '#functions/contracts.ts';
import { openApi } from '#contract/openapi.ts';
import { textOf } from './sources.ts';

/**
 * Every property and parameter of the OpenAPI document has a description, every body and answer an example.
 * `undescribed.txt` lists the exceptions; the list may only become shorter.
 */

type Schema = {
  readonly $ref?: string;
  readonly description?: string;
  readonly example?: unknown;
  readonly examples?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
};
type Content = Readonly<Record<string, { readonly schema: Schema; readonly example?: unknown }>>;
type Operation = {
  readonly operationId: string;
  readonly parameters?: readonly (Schema & { readonly in?: string; readonly name?: string })[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
};
type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};

const { paths, components } = openApi(contracts, '0.0.0') as Document;

/** Paths of properties without description below a schema. Named schemas are checked on their own. */
function undescribedIn(schema: Schema, path: string): string[] {
  const parts = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  const { items, additionalProperties } = schema;
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) => [
      ...(property.description === undefined && property.$ref === undefined ? [`${path}.${name}`] : []),
      ...undescribedIn(property, `${path}.${name}`),
    ]),
    ...parts.flatMap((part) => undescribedIn(part, path)),
    ...(items === undefined ? [] : undescribedIn(items, `${path}[]`)),
    ...(typeof additionalProperties === 'object' ? undescribedIn(additionalProperties, `${path}.*`) : []),
  ];
}

const hasExample = ({ schema, example }: Content[string]): boolean => {
  const named = schema.$ref === undefined ? schema : components.schemas[schema.$ref.replace(/^.*\//, '')];
  return [example, named?.example, named?.examples].some((each) => each !== undefined);
};

const bodiesWithoutExample = (content: Content | undefined, name: string): string[] =>
  Object.entries(content ?? {}).flatMap(([type, media]) =>
    type === 'application/json' && !hasExample(media) ? [`${name}: no example`] : [],
  );

const isSuccess = ([status]: readonly [string, unknown]): boolean => status.startsWith('2');

const gapsOf = (operation: Operation): string[] => {
  const { operationId: id, parameters = [], requestBody, responses } = operation;
  const contents: [string, Content | undefined][] = [
    [`${id} body`, requestBody?.content],
    ...Object.entries(responses)
      .filter(isSuccess)
      .map(([status, { content }]): [string, Content | undefined] => [`${id} ${status}`, content]),
  ];
  return [
    ...parameters
      .filter((parameter) => parameter.name !== undefined && parameter.description === undefined)
      .map(({ in: where, name }) => `${id} ${where} ${name}`),
    ...contents.flatMap(([name, content]) => [
      ...Object.values(content ?? {}).flatMap(({ schema }) => undescribedIn(schema, name)),
      ...bodiesWithoutExample(content, name),
    ]),
  ];
};

test('only listed properties lack a description, and only listed bodies an example', () => {
  const operations = Object.values(paths).flatMap((path) => Object.values(path));
  const found = new Set([
    ...Object.entries(components.schemas).flatMap(([name, schema]) => undescribedIn(schema, name)),
    ...operations.flatMap(gapsOf),
  ]);
  expect(operations.length).toBeGreaterThan(100);
  const listed = textOf('test/checks/undescribed.txt').split('\n').filter(Boolean);
  expect([...found].toSorted()).toEqual(listed);
});
