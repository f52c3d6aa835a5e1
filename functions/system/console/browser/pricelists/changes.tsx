import { Button, Group, Paper, Table, Text, Title } from '@mantine/core';
import { Dialog } from '../kit/dialog.tsx';
import { WideTable } from '../kit/wide-table.tsx';
import { t } from '../texts/texts.ts';
import type { Change, Difference, Rate } from './rates.ts';
import { placeOf, priceText } from './rates-table.tsx';

/** What a change of a price list does. */
export function differenceText({ added, dearer, cheaper, other, gone }: Difference): string {
  return [
    dearer.length > 0 && t('{count} dearer', { count: dearer.length }),
    cheaper.length > 0 && t('{count} cheaper', { count: cheaper.length }),
    added.length > 0 && t('{count} added', { count: added.length }),
    gone.length > 0 && t('{count} gone', { count: gone.length }),
    other.length > 0 && t('{count} changed otherwise', { count: other.length }),
  ]
    .filter((part) => part !== false)
    .join(', ');
}

type ChangesBarProps = {
  readonly difference: Difference;
  readonly isSending: boolean;
  readonly onSave: () => void;
  readonly onShow: () => void;
  readonly onDiscard: () => void;
};

/** What is not saved yet, always in view. */
export function ChangesBar({ difference, isSending, onSave, onShow, onDiscard }: ChangesBarProps) {
  return (
    <Paper withBorder shadow="md" p="sm" pos="sticky" bottom={8} role="region" aria-label={t('Not saved yet')}>
      <Group justify="space-between" gap="xs">
        <Text role="status">{differenceText(difference)}</Text>
        <Group gap="xs">
          <Button loading={isSending} onClick={onSave}>
            {t('Save')}
          </Button>
          <Button variant="default" onClick={onShow}>
            {t('Show the changes')}
          </Button>
          <Button variant="default" onClick={onDiscard}>
            {t('Discard')}
          </Button>
        </Group>
      </Group>
    </Paper>
  );
}

/** Rates of each kind that are shown: a difference may have 20,000. */
const most = 200;

type ListedProps = {
  readonly title: string;
  readonly rates: readonly { readonly rate: Rate; readonly before?: Rate }[];
};

function Listed({ title, rates }: ListedProps) {
  if (rates.length === 0) return null;
  return (
    <>
      <Title order={3} size="h5" mt="md">
        {title}
      </Title>
      <WideTable minWidth={360}>
        <Table>
          <Table.Tbody>
            {rates.slice(0, most).map(({ rate, before }) => (
              <Table.Tr key={`${rate.direction} ${rate.prefix} ${rate.valid_from ?? ''}`}>
                <Table.Td>{rate.prefix === '' ? t('any') : `+${rate.prefix}`}</Table.Td>
                <Table.Td>{placeOf(rate)}</Table.Td>
                <Table.Td ta="right">
                  {before === undefined ? '' : `${priceText(before)} → `}
                  {priceText(rate)}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </WideTable>
      {rates.length > most && <Text size="sm">{t('and {count} more', { count: rates.length - most })}</Text>}
    </>
  );
}

const changed = (changes: readonly Change[]) => changes.map(({ before, after }) => ({ before, rate: after }));
const alone = (rates: readonly Rate[]) => rates.map((rate) => ({ rate }));

/** The rates of a difference. */
export function DifferenceLists({
  difference: { added, dearer, cheaper, other, gone },
}: Pick<ChangesBarProps, 'difference'>) {
  return (
    <>
      <Listed title={t('Dearer')} rates={changed(dearer)} />
      <Listed title={t('Cheaper')} rates={changed(cheaper)} />
      <Listed title={t('Added')} rates={alone(added)} />
      <Listed title={t('Gone')} rates={alone(gone)} />
      <Listed title={t('Changed otherwise')} rates={changed(other)} />
    </>
  );
}

type DifferenceDialogProps = Pick<ChangesBarProps, 'difference'> & {
  readonly currency: string;
  readonly onClose: () => void;
};

export function DifferenceDialog({ difference, currency, onClose }: DifferenceDialogProps) {
  const text = differenceText(difference);
  return (
    <Dialog onClose={onClose} title={t('What changes')} size="lg">
      <Text>{text === '' ? t('Nothing changes.') : text}</Text>
      <Text size="sm" c="dimmed">
        {t('Prices a minute, in {currency}', { currency })}
      </Text>
      <DifferenceLists difference={difference} />
    </Dialog>
  );
}
