import { ActionIcon, Menu, TextInput } from '@mantine/core';
import { useMemo } from 'react';
import { amountText } from '../kit/amounts.ts';
import { IconDots } from '../kit/icons.ts';
import type { Row } from '../kit/shown.ts';
import { columnsOf, VirtualTable } from '../kit/table.tsx';
import { t } from '../texts/texts.ts';
import { keyOf, type Rate } from './rates.ts';

type RatesTableProps = {
  readonly rates: readonly Rate[];
  readonly canChange: boolean;
  readonly onChange: (rate: Rate, before: Rate) => void;
  readonly onOpen: (rate: Rate) => void;
  readonly onRemove: (rate: Rate) => void;
};

type ShownRate = { readonly id: string; readonly rate: Rate };

/** Where a rate is valid, as a person reads it. */
export const placeOf = ({ prefix, name }: Rate): string => name ?? (prefix === '' ? t('everywhere') : `+${prefix}`);

/** The price of a minute, in the currency of its list. */
export const priceText = ({ price_per_minute: price }: Rate): string => amountText(price, undefined, 'price');

type PriceProps = Pick<RatesTableProps, 'onChange'> & { readonly rate: Rate };

/** The price of a minute, edited where it stands. */
function Price({ rate, onChange }: PriceProps) {
  const isWrong = !/^\d{1,9}(?:\.\d{1,6})?$/.test(rate.price_per_minute);
  return (
    <TextInput
      size="xs"
      mt={-3}
      inputMode="decimal"
      aria-label={t('Price a minute of {place}', { place: placeOf(rate) })}
      error={isWrong}
      value={rate.price_per_minute}
      onFocus={({ target }) => target.select()}
      onChange={({ target }) => onChange({ ...rate, price_per_minute: target.value.replace(',', '.') }, rate)}
    />
  );
}

/** Seconds as `60/1`: those that are charged at least, and the steps after them. */
const stepsOf = ({ initial_seconds: first, increment_seconds: next }: Rate): string => `${first}/${next}`;

/** Rates, of which only those in view are in the page. */
export function RatesTable({ rates, canChange, onChange, onOpen, onRemove }: RatesTableProps) {
  const rows = useMemo((): readonly Row[] => rates.map((rate): ShownRate => ({ id: keyOf(rate), rate })), [rates]);
  const columns = useMemo(
    () =>
      columnsOf<ShownRate>([
        {
          ...{ id: 'prefix', header: t('Number begins with'), width: 140 },
          cell: ({ rate }) => (rate.prefix === '' ? t('any') : `+${rate.prefix}`),
        },
        { id: 'name', header: t('Name'), width: 180, cell: ({ rate }) => rate.name ?? '–' },
        {
          ...{ id: 'price', header: t('Price a minute'), width: 120 },
          cell: ({ rate }) => (canChange ? <Price rate={rate} onChange={onChange} /> : priceText(rate)),
        },
        {
          id: 'fee',
          header: t('Price a call'),
          width: 100,
          cell: ({ rate }) => amountText(rate.connect_fee, undefined, 'price'),
        },
        {
          id: 'minimum',
          header: t('At least'),
          width: 90,
          cell: ({ rate }) => amountText(rate.minimum_charge, undefined, 'price'),
        },
        { id: 'steps', header: t('Seconds'), width: 80, cell: ({ rate }) => stepsOf(rate) },
        {
          ...{ id: 'direction', header: t('Direction'), width: 100 },
          cell: ({ rate }) => (rate.direction === 'inbound' ? t('incoming') : t('outgoing')),
        },
        ...(canChange
          ? [
              {
                ...{ id: 'actions', header: t('Actions'), width: 80 },
                cell: ({ rate }: ShownRate) => <RateMenu rate={rate} onOpen={onOpen} onRemove={onRemove} />,
              },
            ]
          : []),
      ]),
    [canChange, onChange, onOpen, onRemove],
  );
  return (
    <VirtualTable
      {...{ label: t('Prices'), rows, columns, hasMore: false, isLoading: false, more: () => undefined }}
      empty={t('No price fits.')}
    />
  );
}

type RateMenuProps = Pick<RatesTableProps, 'onOpen' | 'onRemove'> & { readonly rate: Rate };

function RateMenu({ rate, onOpen, onRemove }: RateMenuProps) {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={t('Actions for {name}', { name: placeOf(rate) })}>
          <IconDots size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => onOpen(rate)}>{t('Change all of it')}</Menu.Item>
        <Menu.Item onClick={() => onRemove(rate)}>{t('Remove')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
