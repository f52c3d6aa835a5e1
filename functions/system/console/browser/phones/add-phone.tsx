import { Autocomplete, Button, Group, SimpleGrid, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { t } from '../texts/texts.ts';
import { request } from '../kit/api.ts';
import { violationsOf } from '../kit/api-error.ts';
import { useFirstComplaint } from '../kit/form.tsx';
import { Problem } from '../kit/page.tsx';
import { TargetPicker } from '../kit/target-picker.tsx';
import { resourceIn } from '../resources/answers.ts';
import { macText, makerOf, models } from './models.ts';
import type { Phone } from './phone-names.ts';
import { shapeOf } from './shapes.ts';
import { WithSilhouette } from './silhouette.tsx';

export type Owner = { readonly id: string; readonly extension: string | null; readonly display_name: string };

type Draft = { readonly model: string; readonly mac: string };

/** The body of a request for a new phone. Its first line is that of its user. */
const newPhoneBody = ({ model, mac }: Draft, owner: Owner | null) => {
  const maker = makerOf(model);
  return {
    mac_address: macText(mac),
    ...(model.trim() === '' ? {} : { model: model.trim() }),
    ...(maker === undefined ? {} : { manufacturer: maker }),
    ...(owner === null ? {} : { user_id: owner.id }),
    ...(owner === null || owner.extension === null
      ? {}
      : { lines: [{ extension: owner.extension, label: owner.display_name.replaceAll('"', '') }] }),
  };
};

async function ownerOf(id: string): Promise<Owner | null> {
  if (id === '') return null;
  return resourceIn(await request({ method: 'GET', path: `/users/${encodeURIComponent(id)}` })) as Owner;
}

type AddPhoneProps = {
  /** Undefined: the person is asked whose phone it is. */
  readonly owner?: Owner;
  readonly onAdded: (phone: Phone) => void;
};

/** Adds a desk phone: model and MAC address, and no more. */
export function AddPhone({ owner, onAdded }: AddPhoneProps) {
  const queries = useQueryClient();
  const [draft, setDraft] = useState<Draft>({ model: '', mac: '' });
  const [user, setUser] = useState('');
  const adding = useMutation({
    mutationFn: async () => {
      const body = newPhoneBody(draft, owner ?? (await ownerOf(user)));
      return resourceIn(await request({ method: 'PUT', path: '/devices/phone', body })) as Phone;
    },
    onSuccess: async (phone) => {
      await queries.invalidateQueries({ queryKey: ['list'] });
      onAdded(phone);
    },
  });
  const form = useFirstComplaint(adding.error, 0);
  const violations = violationsOf(adding.error);
  const errorOf = (name: string): string | null => violations.find(({ path }) => path === name)?.message ?? null;
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    adding.mutate();
  };
  return (
    <div ref={form}>
      <form onSubmit={send} aria-label={t('Add a phone')} noValidate>
        <SimpleGrid cols={{ base: 1, sm: 2 }} maw={720}>
          {owner === undefined && (
            <TargetPicker kind="user" label={t('User')} value={user} error={errorOf('user_id')} onChange={setUser} />
          )}
          <Autocomplete
            label={t('Model')}
            placeholder="T46U"
            data={models.map(({ group, items }) => ({ group, items: [...items] }))}
            renderOption={({ option: { value } }) => <WithSilhouette shape={shapeOf(value)}>{value}</WithSilhouette>}
            value={draft.model}
            error={errorOf('model')}
            onChange={(model) => setDraft((all) => ({ ...all, model }))}
          />
          <TextInput
            label={t('MAC address')}
            description={t('Twelve letters and digits on the back of the phone')}
            placeholder="00:15:65:AB:CD:EF"
            required
            autoComplete="off"
            value={draft.mac}
            error={errorOf('mac_address')}
            onChange={({ target }) => setDraft((all) => ({ ...all, mac: target.value }))}
          />
        </SimpleGrid>
        <Problem error={adding.error} />
        <Group mt="md">
          <Button type="submit" loading={adding.isPending} disabled={draft.mac.trim() === ''}>
            {t('Add the phone')}
          </Button>
        </Group>
      </form>
    </div>
  );
}
