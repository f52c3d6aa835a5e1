import { at } from '../../json-value.ts';
import { field } from '../kit/arranged-field.ts';
import type { Arrangement } from '../kit/arrangement.ts';
import { Dialog } from '../kit/dialog.tsx';
import { ApiForm } from '../kit/form.tsx';
import { fieldsOf, plain } from '../kit/form-fields.ts';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import { weekdayWords } from '../kit/weekday-words.ts';
import { t } from '../texts/texts.ts';
import { freshRate, keyOf, type Rate } from './rates.ts';
import { placeOf } from './rates-table.tsx';

const form: Arrangement = {
  isShort: true,
  groups: [
    {
      fields: [
        field('prefix', t('Number begins with'), t('Digits with country code, without +. Empty: every number.')),
        field('name', t('Name')),
        field('price_per_minute', t('Price a minute'), { control: 'money' }),
        field('connect_fee', t('Price a call'), { control: 'money' }),
        field('minimum_charge', t('A call costs at least'), { control: 'money' }),
        field('initial_seconds', t('Seconds that are charged at least (m:ss)')),
        field('increment_seconds', t('Then charged by (m:ss)')),
        field('direction', t('Direction'), { choices: { outbound: t('outgoing'), inbound: t('incoming') } }),
        field('included', t('Uses the free minutes')),
        field('valid_from', t('From'), { help: t('Empty: always.'), control: 'moment' }),
        field('valid_to', t('Until'), { help: t('Empty: always.'), control: 'moment' }),
        field('time_bands', t('Other prices by the time of day'), {
          fields: [
            field('name', t('Name')),
            field('start', t('From'), t('Such as 18:00.')),
            field('end', t('Until'), t('Such as 08:00.')),
            field('days', t('Days'), { choices: weekdayWords }),
            field('price_per_minute', t('Price a minute'), { control: 'money' }),
            field('connect_fee', t('Price a call'), { control: 'money' }),
          ],
        }),
      ],
    },
  ],
};

type RateFormProps = {
  /** Undefined: a new one. */
  readonly rate: Rate | undefined;
  /** All rates of the list: there is one for each number, direction and beginning. */
  readonly taken: readonly Rate[];
  readonly onDone: (rate: Rate, before: Rate | undefined) => void;
};

/** All fields of one rate. It becomes a part of the changes, which are saved together. */
export const RateDialog = ({ onClose, ...form }: RateFormProps & { readonly onClose: () => void }) => (
  <Dialog onClose={onClose} size="lg" title={form.rate === undefined ? t('Add a price') : placeOf(form.rate)}>
    <RateForm {...form} />
  </Dialog>
);

function RateForm({ rate, taken, onDone }: RateFormProps) {
  const operations = useOperations('billing');
  const { body } = operationOf(operations, 'PUT /tariffs/{id}');
  const list = plain(at(plain(body, operations.schemas), 'properties', 'rates'), operations.schemas);
  const fields = fieldsOf(plain(list['items'], operations.schemas), operations, undefined);
  const done = (values: object): void => {
    const filled = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
    const next = { ...freshRate, ...(filled as Partial<Rate>) };
    const other = taken.find((each) => each !== rate && keyOf(each) === keyOf(next));
    // A rate of the same numbers is replaced by the new one.
    onDone(next, rate ?? other);
  };
  return (
    <ApiForm
      fields={fields}
      before={rate ?? freshRate}
      error={null}
      isSending={false}
      isReadOnly={false}
      submit={t('Take over')}
      arrangement={form}
      onSubmit={done}
    />
  );
}
