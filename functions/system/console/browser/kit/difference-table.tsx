import { Table } from '@mantine/core';
import { t } from '../texts/texts.ts';
import type { Difference } from './differences.ts';
import { WideTable } from './wide-table.tsx';

/** Fields before and after a change. */
export const DifferenceTable = ({ of }: { readonly of: readonly Difference[] }) => (
  <WideTable minWidth={420}>
    <Table aria-label={t('Changes')}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('Field')}</Table.Th>
          <Table.Th>{t('Before')}</Table.Th>
          <Table.Th>{t('Afterwards')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {of.map(({ label, before, after }) => (
          <Table.Tr key={label}>
            <Table.Th scope="row">{label}</Table.Th>
            <Table.Td>{before}</Table.Td>
            <Table.Td>{after}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  </WideTable>
);
