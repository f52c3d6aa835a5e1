import { Table, Text } from '@mantine/core';
import { isObject } from '../../json-value.ts';
import { labelOf } from './words.ts';
import { shown } from './shown.ts';
import { WideTable } from './wide-table.tsx';

const isListOfObjects = (value: unknown): value is readonly object[] =>
  Array.isArray(value) && value.length > 0 && value.every(isObject);

/** A list of objects as a table: a column for each field that any of them has. */
function Rows({ of }: { readonly of: readonly object[] }) {
  const names = [...new Set(of.flatMap((each) => Object.keys(each)))];
  return (
    <WideTable minWidth={names.length * 110}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            {names.map((name) => (
              <Table.Th key={name}>{labelOf(name)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {of.map((each, at) => (
            <Table.Tr key={at}>
              {names.map((name) => (
                <Table.Td key={name}>{shown((each as Readonly<Record<string, unknown>>)[name])}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </WideTable>
  );
}

/** Whether objects within objects are still shown by their fields. */
const deepest = 2;

type ValuesProps = {
  readonly of: unknown;
  readonly depth?: number;
};

/** What the API answers, as a person reads it. */
export function Values({ of, depth = 0 }: ValuesProps) {
  if (isListOfObjects(of)) return <Rows of={of} />;
  if (!isObject(of) || Array.isArray(of) || depth > deepest) return <>{shown(of)}</>;
  const entries = Object.entries(of);
  if (entries.length === 0) return <Text>–</Text>;
  return (
    <Table layout="auto" withRowBorders={depth === 0}>
      <Table.Tbody>
        {entries.map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" w={200}>
              {labelOf(name)}
            </Table.Th>
            {/* A text of several lines, such as PEM, is copied with them. */}
            <Table.Td style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
              <Values of={value} depth={depth + 1} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
