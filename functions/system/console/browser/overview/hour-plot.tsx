import { Card, Group, Table, Text, Title } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { timeText } from '../kit/format.ts';
import { WideTable } from '../kit/wide-table.tsx';
import { t } from '../texts/texts.ts';
import { axisEnd, type Hour } from './hours.ts';

/** Sizes in pixels; the width is that of the place. */
const drawing = { height: 200, left: 44, bottom: 24, top: 10, label: 80 } as const;
const colors = { answered: 'var(--mantine-color-brand-7)', others: 'var(--mantine-color-gray-6)' } as const;

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
  const isRoomFor = (at: number): boolean => left + (at + 0.5) * step + label / 2 <= width;
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
            {at % every === Math.floor(every / 2) && isRoomFor(at) && (
              <text
                x={left + (at + 0.5) * step}
                y={height - 6}
                textAnchor="middle"
                fontSize={12}
                fill="var(--mantine-color-dimmed)"
              >
                {timeText(start)}
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
          {t('Calls per hour')}
        </Title>
        <Group gap="md">
          <Key color={colors.answered}>{t('Answered')}</Key>
          <Key color={colors.others}>{t('Not answered')}</Key>
        </Group>
      </Group>
      <Bars hours={hours} />
      <details>
        <summary>{t('As a table')}</summary>
        <WideTable minWidth={300}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('From')}</Table.Th>
                <Table.Th>{t('Calls')}</Table.Th>
                <Table.Th>{t('Answered')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {hours.map(({ start, calls, answered }) => (
                <Table.Tr key={start}>
                  <Table.Th scope="row">{timeText(start)}</Table.Th>
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
