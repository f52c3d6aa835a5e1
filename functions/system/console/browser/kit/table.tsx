import { Box, Loader, Skeleton } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, type ReactNode } from 'react';
import { t } from '../texts/texts.ts';
import { Empty } from './empty.tsx';
import { shown, textOf, type Row } from './shown.ts';
import classes from './table.module.css';

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
const cellOf = ({ id, cell }: Column, row: Row): ReactNode => (cell === undefined ? shown(row[id]) : cell(row));

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
  /** What is said, and done, where there are none. */
  readonly empty: ReactNode;
};

const rowHeight = 40;
const defaultWidth = 160;

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
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 10,
  });
  const items = virtual.getVirtualItems();
  const [begin, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? -1];
  useEffect(() => {
    if (hasMore && !isLoading && last >= rows.length - 1) more();
  }, [hasMore, isLoading, last, rows.length, more]);
  useEffect(() => onView?.(rows.slice(begin, last + 1)), [onView, rows, begin, last]);
  const grid = { gridTemplateColumns: gridOf(columns) };
  return (
    // Scrolled by keyboard, too.
    <Box ref={scroller} className={classes['scroller']} tabIndex={0} role="region" aria-label={label}>
      <div role="table" aria-label={label} aria-rowcount={hasMore ? -1 : rows.length + 1} className={classes['table']}>
        <div role="row" className={classes['head']} style={grid}>
          {columns.map(({ id, header }) => (
            <div role="columnheader" key={id} className={classes['cell']}>
              {header}
            </div>
          ))}
        </div>
        <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {items.map(({ index, start }) => {
            const row = rows[index];
            if (row === undefined) return null;
            return (
              <div
                role="row"
                key={keys[index]}
                aria-rowindex={index + 2}
                className={classes['row']}
                style={{ ...grid, transform: `translateY(${start}px)` }}
              >
                {columns.map((column) => (
                  <div role="cell" key={column.id} className={classes['cell']}>
                    {cellOf(column, row)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
      <BelowRows isLoading={isLoading} count={rows.length} empty={empty} />
    </Box>
  );
}

const loadingRows = ['90%', '75%', '85%', '60%'] as const;

/** In the place of the first rows, until they are here. */
const LoadingRows = () => (
  <div role="status" aria-label={t('Loading')}>
    {loadingRows.map((width) => (
      <Skeleton key={width} height={16} width={width} m="sm" />
    ))}
  </div>
);

type BelowRowsProps = Pick<TableProps, 'isLoading' | 'empty'> & { readonly count: number };

/** That more rows are read, or that there are none. */
function BelowRows({ isLoading, count, empty }: BelowRowsProps) {
  if (isLoading)
    return count === 0 ? <LoadingRows /> : <Loader size="sm" m="sm" role="status" aria-label={t('Loading')} />;
  if (count > 0) return null;
  return typeof empty === 'string' ? <Empty text={empty} /> : empty;
}
