import { Table } from '@mantine/core';
import type { ReactNode } from 'react';

type WideTableProps = { readonly minWidth: number; readonly children: ReactNode };

/** A table that is scrolled sideways where it does not fit, also by keyboard. @param minWidth pixels */
export function WideTable({ minWidth, children }: WideTableProps) {
  return (
    <Table.ScrollContainer minWidth={minWidth} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      {children}
    </Table.ScrollContainer>
  );
}
