import { Card, Group, Table, Text, Title } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { WideTable } from '../kit/wide-table.tsx';
import { axisEnd, type Hour } from './hours.ts';

/** Sizes in pixels; the width is that of the place. */
const drawing = { height: 200, left: 44, bottom: 24, top: 10, label: 80 } as const;
const colors = { answered: 'var(--mantine-color-cyan-7)', others: 'var(--mantine-color-gray-6)' } as const;

const clock = (at: string): string => new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });

type PlotProps = { readonly hours: readonly Hour[] };

function Bars({ hours }: PlotProps) {
  const { ref, width } = useElementSize<HTMLDivElement>();
  const { height, left, bottom, top, label } = drawing;
  const end = axisEnd(hours.map(({ calls }) => calls));
  const floor = height - bottom;
  const place = (count: number): number => floor - (count / end) * (floor - top);
  const step = Math.max(0, width - left) / hours.length;
  // As many hours are named as there is room for.
  const every = step === 0 ? hours.length : Math.ceil(label / step);
  return (
    // The table below says the same.
    <div ref={ref}>
      <svg aria-hidden="true" width="100%" height={height} style={{ display: 'block' }}>
        {[0, end / 2, end].map((mark) => (
          <g key={mark}>
            <line x1={left} x2={width} y1={place(mark)} y2={place(mark)} stroke="var(--mantine-color-default-border)" />
            <text x={left - 8} y={place(mark) + 4} textAnchor="end" fontSize={12} fill="var(--mantine-color-dimmed)">
              {mark}
            </text>
          </g>
        ))}
        {hours.map(({ start, calls, answered }, at) => (
          <g key={start}>
            <rect
              {...{ x: left + at * step + step * 0.15, width: step * 0.7, fill: colors.others }}
              {...{ y: place(calls), height: floor - place(calls) }}
            />
            <rect
              {...{ x: left + at * step + step * 0.15, width: step * 0.7, fill: colors.answered }}
              {...{ y: place(answered), height: floor - place(answered) }}
            />
            {at % every === Math.floor(every / 2) && (
              <text
                x={left + (at + 0.5) * step}
                y={height - 6}
                textAnchor="middle"
                fontSize={12}
                fill="var(--mantine-color-dimmed)"
              >
                {clock(start)}
              </text>
            )}
          </g>
        ))}
      </svg>
    </div>
  );
}

function Key({ color, children }: { readonly color: string; readonly children: string }) {
  return (
    <Group gap={6}>
      <span aria-hidden="true" style={{ width: 12, height: 12, background: color }} />
      <Text size="sm">{children}</Text>
    </Group>
  );
}

/** Calls of each hour: those that were answered, and the others above them. */
export function HourPlot({ hours }: PlotProps) {
  return (
    <Card withBorder padding="md">
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          Calls per hour
        </Title>
        <Group gap="md">
          <Key color={colors.answered}>Answered</Key>
          <Key color={colors.others}>Not answered</Key>
        </Group>
      </Group>
      <Bars hours={hours} />
      <details>
        <summary>As a table</summary>
        <WideTable minWidth={300}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>From</Table.Th>
                <Table.Th>Calls</Table.Th>
                <Table.Th>Answered</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {hours.map(({ start, calls, answered }) => (
                <Table.Tr key={start}>
                  <Table.Th scope="row">{clock(start)}</Table.Th>
                  <Table.Td>{calls}</Table.Td>
                  <Table.Td>{answered}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </WideTable>
      </details>
    </Card>
  );
}
