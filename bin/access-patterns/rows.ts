import { globSync } from 'node:fs';
import { contracts } from '#functions/contracts.ts';
import type { Entity } from '#contract/entities.ts';
import type { IndexKey } from '#dynamodb/row.ts';
import { rowsOf } from '#dynamodb/rows/stored-rows.ts';

/** What access patterns need of a row, whose key functions get any item here. */
export type AnyRow = {
  readonly entity: Entity;
  readonly scope: 'organization' | 'platform';
  readonly schema: number;
  readonly written?: number;
  readonly upgrade?: unknown;
  readonly partition?: (key: object) => readonly string[];
  /** A text, or the sample of a field that is one. */
  readonly sort: (key: object) => unknown;
  readonly index1?: (item: object, organization: number) => IndexKey | undefined;
  readonly index2?: (item: object, organization: number) => IndexKey | undefined;
  readonly unsharded?: string;
  readonly inTurn?: true;
  readonly expires?: unknown;
  readonly afterClosing?: string;
};

export type NamedRow = { readonly name: string; readonly row: AnyRow };

const isRow = (value: unknown): value is AnyRow =>
  typeof value === 'object' && value !== null && 'entity' in value && 'scope' in value && 'sort' in value;

const root = new URL('../../', import.meta.url);

/** The rows of stored resources. */
const storedRows = (): NamedRow[] =>
  contracts.flatMap((contract) => {
    if (contract.kind !== 'resource' || contract.stored === undefined) return [];
    const { row, nameRow } = rowsOf(contract.stored);
    return [row, nameRow].map((each) => ({ name: each.entity, row: each as AnyRow }));
  });

/**
 * Every row that is declared: they are exported from `row.ts` of a resource, and from the folders `rows`, or follow
 * from the declaration of a stored resource.
 */
export async function loadRows(): Promise<readonly NamedRow[]> {
  const files = globSync(['shared/dynamodb/rows/*.ts', 'functions/*/rows/*.ts', 'functions/*/*/row.ts'], { cwd: root });
  const modules = await Promise.all(
    files
      .filter((file) => !file.endsWith('.test.ts'))
      .map(async (file) => (await import(new URL(file, root).href)) as object),
  );
  return [
    ...modules.flatMap((module) =>
      Object.entries(module).flatMap(([name, row]) => (isRow(row) ? [{ name, row }] : [])),
    ),
    ...storedRows(),
  ];
}
