import { expect, test } from 'vitest';
import { errorKindsOf } from '#contract/resource.ts';
import { contracts, contractsByArea, services } from '#functions/contracts.ts';
import { arrange } from '#functions/system/console/browser/kit/arrangement.ts';
import type { FormField } from '#functions/system/console/browser/kit/form-fields.ts';
import { inputsOf } from '#functions/system/console/browser/kit/inputs.ts';
import { findOperation } from '#functions/system/console/browser/kit/operation.ts';
import { routesOf } from '#functions/system/console/browser/resources/definitions.ts';
import { problemText } from '#functions/system/console/browser/kit/problem-words.ts';
import { partsPages, resources } from '#functions/system/console/browser/resources/resources.ts';
import { german } from '#functions/system/console/browser/texts/german.ts';
import { derive } from '#functions/system/console/derived.ts';
import type { Operations } from '#functions/system/console/operations.ts';

/** The console has the words of a phone shop. */

/** Each text is the name of its translations. */
const texts = Object.keys(german);

const jargon = new RegExp(
  String.raw`E\.164|\b(?:cdrs?|callees?|dispositions?|asserted|q\.?850)\b|` +
    String.raw`\b(?:rating tasks?|network entr(?:y|ies)|browser lines?)\b`,
  'i',
);

/** The name of a queue, for operators. */
const named = /cdr-ingest/;

test('no text of the console has a word that only programmers know', () => {
  expect(texts.length).toBeGreaterThan(1_000);
  expect(texts.filter((text) => jargon.test(text.replace(named, '')))).toEqual([]);
});

const files = derive(contracts, contractsByArea, services) as Readonly<Record<string, Operations>>;

type Shown = Parameters<typeof arrange>[1];

/** Labels of the fields that an arranged form shows, with those within them. */
function labelsIn(tag: string, route: string, form: Shown): readonly string[] {
  const operations = files[`operations-${tag}.json`];
  const operation = operations === undefined ? undefined : findOperation(operations, route);
  if (operations === undefined || operation === undefined) throw new Error(`The API has no operation ${route}`);
  const { groups, advanced } = arrange(inputsOf(operation, operations, 'x'), form);
  const withInner = (fields: readonly FormField[]): readonly string[] =>
    fields.flatMap((field) => [field.label, ...('fields' in field ? withInner(field.fields) : [])]);
  return withInner([...groups.flatMap(({ fields }) => fields), ...advanced]);
}

const pageForms = resources.flatMap(({ form, ...of }) => {
  const { create, update } = routesOf(of);
  return [create, update].flatMap((route) => (route === undefined ? [] : [{ tag: of.tag, route, form }]));
});

const partForms = [...resources, ...partsPages].flatMap(({ tag, parts = [] }) =>
  parts.flatMap((part) => {
    if (part.kind !== 'form' && part.kind !== 'action') return [];
    return [{ tag: part.tag ?? tag, route: part.kind === 'form' ? part.save : part.route, form: part.form }];
  }),
);

const arranged = [...pageForms, ...partForms].filter(({ form }) => form !== undefined);

test.each(arranged)('each field of the form of $route has a label of words', ({ tag, route, form }) => {
  const labels = labelsIn(tag, route, form);
  expect(labels.length).toBeGreaterThan(0);
  expect(labels.filter((label) => !/^[\p{Lu}\d]/u.test(label) || /_|\b(?:IDs?|Max|Min|Ms)\b/.test(label))).toEqual([]);
});

test('every conflict of the API has words of its own, in each language', () => {
  const kinds = contracts.flatMap((contract) =>
    contract.kind === 'resource' ? Object.values(errorKindsOf(contract)) : [],
  );
  const conflicts = new Set(kinds.filter(({ status }) => status === 409).map(({ code }) => code));
  expect(conflicts.size).toBeGreaterThan(60);
  expect([...conflicts].filter((code) => problemText(code) === undefined)).toEqual([]);
});
