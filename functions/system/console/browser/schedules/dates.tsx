import { Button, Group, Select, Table, Text, TextInput, Title } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { textIn, type JsonObject } from '../../json-value.ts';
import { t } from '../texts/texts.ts';
import { WideTable } from '../kit/wide-table.tsx';
import { dateLabel, dateText } from './week.ts';

type DatesProps = {
  readonly dates: readonly JsonObject[];
  readonly isReadOnly: boolean;
  readonly onChange: (dates: readonly JsonObject[]) => void;
};

/** Holidays, and days with hours of their own. */
export function Dates({ dates, isReadOnly, onChange }: DatesProps) {
  const sorted = dates.toSorted((one, other) => textIn(one['date']).localeCompare(textIn(other['date'])));
  return (
    <>
      <Title order={2} size="h4">
        {t('Holidays and other days')}
      </Title>
      {sorted.length === 0 && <Text>{t('Each day is as in the week.')}</Text>}
      {sorted.length > 0 && (
        <WideTable minWidth={400}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('Day')}</Table.Th>
                <Table.Th>{t('Name')}</Table.Th>
                <Table.Th>{t('Hours')}</Table.Th>
                {!isReadOnly && <Table.Th>{t('Action')}</Table.Th>}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {sorted.map((entry) => (
                <Table.Tr key={`${textIn(entry['date'])} ${dateText(entry)}`}>
                  <Table.Th scope="row">{dateLabel(textIn(entry['date']))}</Table.Th>
                  <Table.Td>{textIn(entry['name']) || '–'}</Table.Td>
                  <Table.Td>{dateText(entry)}</Table.Td>
                  {!isReadOnly && (
                    <Table.Td>
                      <Button
                        size="compact-sm"
                        variant="default"
                        aria-label={t('Remove {name}', { name: textIn(entry['date']) })}
                        onClick={() => onChange(sorted.filter((each) => each !== entry))}
                      >
                        {t('Remove')}
                      </Button>
                    </Table.Td>
                  )}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </WideTable>
      )}
      {!isReadOnly && <NewDate onAdd={(entry) => onChange([...sorted, entry])} />}
    </>
  );
}

const empty = { date: '', name: '', kind: 'closed', from: '09:00', to: '12:00' };

function NewDate({ onAdd }: { readonly onAdd: (entry: JsonObject) => void }) {
  const [{ date, name, kind, from, to }, setDraft] = useState(empty);
  const change = (part: Partial<typeof empty>): void => setDraft((all) => ({ ...all, ...part }));
  const add = (event: SubmitEvent): void => {
    event.preventDefault();
    onAdd({ date, ...(name === '' ? {} : { name }), ...(kind === 'closed' ? { open: false } : { from, to }) });
    setDraft(empty);
  };
  return (
    <form onSubmit={add} aria-label={t('Add a day')}>
      <Group align="end" gap="sm">
        <TextInput
          type="date"
          label={t('Day')}
          required
          value={date}
          onChange={({ target }) => change({ date: target.value })}
        />
        <TextInput label={t('Occasion')} value={name} onChange={({ target }) => change({ name: target.value })} />
        <Select
          label={t('That day')}
          data={[
            { value: 'closed', label: t('closed') },
            { value: 'open', label: t('open from, to') },
          ]}
          allowDeselect={false}
          value={kind}
          onChange={(next) => change({ kind: next ?? 'closed' })}
        />
        {kind === 'open' && (
          <>
            <TextInput
              type="time"
              label={t('From')}
              required
              value={from}
              onChange={({ target }) => change({ from: target.value })}
            />
            <TextInput
              type="time"
              label={t('To')}
              required
              value={to}
              onChange={({ target }) => change({ to: target.value })}
            />
          </>
        )}
        <Button type="submit" variant="default">
          {t('Add day')}
        </Button>
      </Group>
    </form>
  );
}
