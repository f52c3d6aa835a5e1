import { Box, Loader, Text } from '@mantine/core';
import { createColumnHelper, tableFeatures, useTable, type ColumnDef } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useMemo, useRef, type ReactNode } from 'react';
import classes from './table.module.css';

const features = tableFeatures({});

export type Row = Readonly<Record<string, unknown>>;

export type Column = {
  readonly id: string;
  readonly header: string;
  readonly width?: number;
  /** Default: the field of this name, as text. */
  readonly cell?: (row: Row) => ReactNode;
};

type TypedColumn<Item> = Omit<Column, 'id' | 'cell'> &
  (
    | { readonly id: keyof Item & string; readonly cell?: (item: Item) => ReactNode }
    | { readonly id: string; readonly cell: (item: Item) => ReactNode }
  );

/** Columns of a list whose items have a type of the API: a field that it does not have does not compile. */
export const columnsOf = <Item extends Row>(columns: readonly TypedColumn<Item>[]): readonly Column[] =>
  columns.map(({ cell, ...column }) => (cell === undefined ? column : { ...column, cell: (row) => cell(row as Item) }));

/** What a column shows of a row. */
export const cellOf = ({ id, cell }: Column, row: Row): ReactNode => (cell === undefined ? shown(row[id]) : cell(row));

type TableProps = {
  readonly label: string;
  readonly columns: readonly Column[];
  /** One that has an `id` is known by it. */
  readonly rows: readonly Row[];
  /** There are more rows, which `more` asks for. */
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  readonly more: () => void;
  /** Called with the rows in view, when others are in view, and when it is another function. */
  readonly onView?: (inView: readonly Row[]) => void;
  readonly empty: string;
};

const rowHeight = 40;
const defaultWidth = 160;
const helper = createColumnHelper<typeof features, Row>();

/** A text or a number as text; anything else is empty. */
export const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

/** A value as a person reads it. */
export function shown(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.map(shown).join(', ');
  if (typeof value === 'object') {
    const entries = Object.entries(value);
    // Counts: `1 new, 0 read`.
    if (entries.length > 0 && entries.every(([, each]) => typeof each === 'number'))
      return entries.map(([name, count]) => `${String(count)} ${name}`).join(', ');
    const { name, id, type } = value as { name?: unknown; id?: unknown; type?: unknown };
    const text = [name, id, type].find((each) => typeof each === 'string');
    return text ?? JSON.stringify(value);
  }
  const text = textOf(value);
  return /^\d{4}-\d\d-\d\dT/.test(text) ? new Date(text).toLocaleString() : text;
}

const definitionOf = (column: Column): ColumnDef<typeof features, Row> =>
  helper.display({
    id: column.id,
    header: column.header,
    meta: { width: column.width ?? defaultWidth },
    cell: ({ row }) => cellOf(column, row.original),
  });

/** A row has the same key wherever it is, so that the focus moves with it: its id, or its place if ids are shared. */
function keysOf(rows: readonly Row[]): readonly string[] {
  const used = new Set<string>();
  return rows.map((row, at) => {
    const id = textOf(row['id']);
    const key = id === '' || used.has(id) ? `at ${at}` : id;
    used.add(key);
    return key;
  });
}

/** Widths of the columns, as the parts of a row's grid. */
const gridOf = (columns: readonly Column[]): string =>
  columns.map(({ width = defaultWidth }) => `minmax(${width}px, ${width}fr)`).join(' ');

/** A table of which only the rows in view are in the page. Further rows come when its end is in view. */
export function VirtualTable({ label, columns, rows, hasMore, isLoading, more, onView, empty }: TableProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const keys = useMemo(() => keysOf(rows), [rows]);
  const definitions = useMemo(() => columns.map(definitionOf), [columns]);
  const getRowId = useCallback((_row: Row, at: number) => keys[at] ?? String(at), [keys]);
  const table = useTable({ features, columns: definitions, data: rows, getRowId });
  const all = table.getRowModel().rows;
  const virtual = useVirtualizer({
    count: all.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 10,
  });
  const items = virtual.getVirtualItems();
  const [begin, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? -1];
  useEffect(() => {
    if (hasMore && !isLoading && last >= all.length - 1) more();
  }, [hasMore, isLoading, last, all.length, more]);
  useEffect(() => onView?.(rows.slice(begin, last + 1)), [onView, rows, begin, last]);
  const grid = { gridTemplateColumns: gridOf(columns) };
  return (
    // Scrolled by keyboard, too.
    <Box ref={scroller} className={classes['scroller']} tabIndex={0} role="region" aria-label={label}>
      <div role="table" aria-label={label} aria-rowcount={hasMore ? -1 : all.length + 1} className={classes['table']}>
        {table.getHeaderGroups().map((group) => (
          <div role="row" key={group.id} className={classes['head']} style={grid}>
            {group.headers.map((header) => (
              <div role="columnheader" key={header.id} className={classes['cell']}>
                <table.FlexRender header={header} />
              </div>
            ))}
          </div>
        ))}
        <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {items.map(({ index, start }) => {
            const row = all[index];
            if (row === undefined) return null;
            return (
              <div
                role="row"
                key={row.id}
                aria-rowindex={index + 2}
                className={classes['row']}
                style={{ ...grid, transform: `translateY(${start}px)` }}
              >
                {row.getAllCells().map((cell) => (
                  <div role="cell" key={cell.id} className={classes['cell']}>
                    <table.FlexRender cell={cell} />
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
      {isLoading && <Loader size="sm" m="sm" role="status" aria-label="Loading" />}
      {!isLoading && all.length === 0 && <Text p="md">{empty}</Text>}
    </Box>
  );
}
