import { Button, Stack, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { t } from '../texts/texts.ts';
import { api } from '../kit/api.ts';
import { Problem } from '../kit/page.tsx';

/** Sign-ins by Salesforce: the browser goes there, and comes back to the console with a code in the address. */

/** A sign-in that has gone to Salesforce. It is stored in this tab, so that no other page can finish it here. */
type Begun = {
  readonly org_id: string;
  readonly redirect_uri: string;
  readonly state: string;
};

const storageKey = 'trunkline-salesforce';

/** Of this browser: the organization whose Salesforce has signed someone in here. */
const usedKey = 'trunkline-salesforce-organization';

/** The organization that a link names, or that was used before; empty: none. */
const knownOrganization = (): string =>
  new URLSearchParams(location.search).get('org_id') ?? localStorage.getItem(usedKey) ?? '';

/** Whether the sign-in by Salesforce is offered: where a link or an earlier sign-in says whose it is. */
export const isSalesforceKnown = (): boolean => knownOrganization() !== '';

async function leave(organization: string): Promise<void> {
  const query = { org_id: organization, redirect_uri: new URL('/', location.href).href };
  const { data } = await api.GET('/auth/salesforce', { params: { query } });
  if (data === undefined) throw new Error('The server answers nothing');
  const { authorization_url: page, state } = data.data;
  sessionStorage.setItem(storageKey, JSON.stringify({ ...query, state } satisfies Begun));
  location.assign(page);
}

function takeBegun(): Begun | null {
  const stored = sessionStorage.getItem(storageKey);
  sessionStorage.removeItem(storageKey);
  // This page has written it.
  return stored === null ? null : (JSON.parse(stored) as Begun);
}

/**
 * Finishes the sign-in from which the browser comes back.
 * @param search query of the address
 * @throws Error if this tab did not begin it, or Salesforce did not identify the person; ApiError
 */
export async function finishSalesforce(search: string) {
  const [back, begun] = [new URLSearchParams(search), takeBegun()];
  if (begun === null || begun.state !== back.get('state'))
    throw new Error(t('This sign-in was not begun in this tab, or it is over. Begin again.'));
  const code = back.get('code');
  if (code === null)
    throw new Error(
      t('Salesforce has not signed you in: {why}', { why: back.get('error_description') ?? back.get('error') ?? '' }),
    );
  const iss = back.get('iss') ?? undefined;
  const { data } = await api.POST('/auth/salesforce', { body: { ...begun, code, ...(iss && { iss }) } });
  localStorage.setItem(usedKey, begun.org_id);
  return data;
}

/** Asks for the organization whose Salesforce signs the person in. */
export function SalesforceForm() {
  const [organization, setOrganization] = useState(knownOrganization);
  const leaving = useMutation({ mutationFn: () => leave(organization) });
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    leaving.mutate();
  };
  return (
    <form onSubmit={send}>
      <Stack>
        <TextInput
          label={t('Organization')}
          description={t('Its number, as in org_1001')}
          autoFocus
          required
          value={organization}
          onChange={({ target }) => setOrganization(target.value)}
        />
        <Problem error={leaving.error} />
        <Button type="submit" loading={leaving.isPending || leaving.isSuccess}>
          {t('Continue at Salesforce')}
        </Button>
      </Stack>
    </form>
  );
}
