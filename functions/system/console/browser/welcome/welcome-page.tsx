import { Anchor, Button, Group, List, Stack, Stepper, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Navigate, useNavigate } from '@tanstack/react-router';
import { useState, type SubmitEvent } from 'react';
import { t } from '../texts/texts.ts';
import { api, request } from '../kit/api.ts';
import { ControlInput } from '../kit/control-input.tsx';
import type { Control } from '../kit/controls.ts';
import { LoadingPage, Page, Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useAudience } from '../kit/selling.ts';
import { textOf } from '../kit/shown.ts';
import { useSession } from '../kit/session.tsx';
import type { Summary } from '../overview/steps.ts';
import { summaryRequest, useSummary } from '../overview/use-summary.ts';
import { useDock } from '../phone/dock-state.ts';
import { isNew, nextSteps } from './next-steps.ts';

/** "What is left to do before this place works?" Four steps, each of which can be skipped. */
export function WelcomePage() {
  const audience = useAudience();
  const { data: summary } = useSummary(interval);
  if (audience === 'worker') return <Navigate to="/" replace />;
  return summary === undefined ? <LoadingPage /> : <OfNew summary={summary} />;
}

/** Milliseconds between two reads of the summary. */
const interval = 60_000;

/** It was new when the page was opened: the first call of a step ends no other. */
function OfNew({ summary }: { readonly summary: Summary }) {
  const [isShown] = useState(() => isNew(summary));
  return isShown ? <Steps /> : <Navigate to="/" replace />;
}

type StepProps = {
  /** Called when the step is done, or skipped. */
  readonly onNext: () => void;
};

function Steps() {
  const [active, setActive] = useState(0);
  const navigate = useNavigate();
  const next = (): void => setActive((step) => step + 1);
  const finish = (): void => void navigate({ to: '/' });
  return (
    <Page
      title={t('Welcome')}
      requests={[summaryRequest]}
      actions={
        <Button variant="default" onClick={finish}>
          {t('Skip all')}
        </Button>
      }
    >
      <Stepper active={active} onStepClick={setActive} maw={760}>
        <Stepper.Step label={t('Company')}>
          <Company onNext={next} />
        </Stepper.Step>
        <Stepper.Step label={t('Yourself')}>
          <Yourself onNext={next} />
        </Stepper.Step>
        <Stepper.Step label={t('First call')}>
          <FirstCall onNext={next} />
        </Stepper.Step>
        <Stepper.Step label={t('What next')}>
          <WhatNext onNext={finish} />
        </Stepper.Step>
      </Stepper>
    </Page>
  );
}

type ButtonsProps = StepProps & { readonly submit: string; readonly isSending?: boolean };

const Buttons = ({ submit, isSending = false, onNext }: ButtonsProps) => (
  <Group mt="md">
    <Button type="submit" loading={isSending}>
      {submit}
    </Button>
    <Button variant="subtle" onClick={onNext}>
      {t('Skip')}
    </Button>
  </Group>
);

const commonOf = (label: string) => ({ label, description: '', required: false, error: null, placeholder: '' });

function Company({ onNext }: StepProps) {
  const session = useSession();
  const queries = useQueryClient();
  const params = { path: { id: session.org_id } };
  const { data, error } = useQuery({
    queryKey: ['organization', session.org_id],
    queryFn: async () => (await api.GET('/orgs/{id}', { params })).data?.data,
    enabled: isAllowed(session, ['orgs:read']),
  });
  const [draft, setDraft] = useState<Readonly<Record<string, unknown>>>({});
  const saving = useMutation({
    mutationFn: () => request({ method: 'POST', path: '/orgs/me', body: draft }),
    onSuccess: async () => {
      await queries.invalidateQueries();
      onNext();
    },
  });
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    if (Object.keys(draft).length === 0) onNext();
    else saving.mutate();
  };
  const chosen = (name: 'country' | 'timezone', control: Control, label: string) => (
    <ControlInput
      control={control}
      common={commonOf(label)}
      value={draft[name] ?? data?.[name] ?? ''}
      onChange={(value) => setDraft((all) => ({ ...all, [name]: value }))}
    />
  );
  return (
    <form onSubmit={send}>
      <Stack maw={420}>
        <Problem error={error ?? saving.error} />
        <TextInput
          label={t('Name of the company')}
          value={textOf(draft['name'] ?? data?.name)}
          onChange={({ target }) => setDraft((all) => ({ ...all, name: target.value }))}
        />
        {chosen('country', 'country', t('Country'))}
        {chosen('timezone', 'time zone', t('Time zone'))}
        <Currency />
      </Stack>
      <Buttons submit={t('Save and go on')} isSending={saving.isPending} onNext={onNext} />
    </form>
  );
}

/** In which money the company is billed, which its seller or the installation has set. */
function Currency() {
  const { data } = useSummary(interval);
  const currency = data?.balance?.currency;
  if (currency === undefined) return null;
  return <Text size="sm">{t('Prices and bills are in {currency}.', { currency })}</Text>;
}

function Yourself({ onNext }: StepProps) {
  const queries = useQueryClient();
  const [name, setName] = useState<string | null>(null);
  const [extension, setExtension] = useState<string | null>(null);
  const { data, error } = useQuery({
    queryKey: ['item', '/users/me'],
    queryFn: async () => (await api.GET('/users/{id}', { params: { path: { id: 'me' } } })).data?.data,
  });
  const saving = useMutation({
    mutationFn: () =>
      request({
        ...{ method: 'POST', path: '/users/me' },
        body: {
          ...(name === null || name.trim() === '' ? {} : { display_name: name.trim() }),
          ...(extension === null ? {} : { extension: extension.trim() || null }),
        },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries();
      onNext();
    },
  });
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    if (name === null && extension === null) onNext();
    else saving.mutate();
  };
  return (
    <form onSubmit={send}>
      <Stack maw={420}>
        <Problem error={error ?? saving.error} />
        <TextInput
          label={t('Your name')}
          autoComplete="name"
          value={name ?? data?.display_name ?? ''}
          onChange={({ target }) => setName(target.value)}
        />
        <TextInput
          label={t('Your extension')}
          description={t('The short number by which colleagues call. It brings a voicemail box.')}
          placeholder="201"
          inputMode="numeric"
          value={extension ?? data?.extension ?? ''}
          onChange={({ target }) => setExtension(target.value)}
        />
      </Stack>
      <Buttons submit={t('Save and go on')} isSending={saving.isPending} onNext={onNext} />
    </form>
  );
}

/** The number that lets a caller hear itself. */
const echo = '*43';

function FirstCall({ onNext }: StepProps) {
  const { isAllowed: hasPhone, call } = useDock();
  const [hasCalled, setCalled] = useState(false);
  return (
    <Stack maw={520}>
      <Text>
        {t('The phone of this page needs nothing else. Call {number}: what you say comes back to you.', {
          number: echo,
        })}
      </Text>
      <Group>
        {hasPhone && (
          <Button
            variant={hasCalled ? 'default' : 'filled'}
            onClick={() => {
              setCalled(true);
              call(echo);
            }}
          >
            {t('Call {number}', { number: echo })}
          </Button>
        )}
        <Button variant={hasCalled ? 'filled' : 'subtle'} onClick={onNext}>
          {hasCalled ? t('Go on') : t('Skip')}
        </Button>
      </Group>
    </Stack>
  );
}

function WhatNext({ onNext }: StepProps) {
  const session = useSession();
  const steps = nextSteps.filter(({ scope }) => isAllowed(session, [scope]));
  return (
    <Stack maw={520}>
      <List spacing="xs">
        {steps.map(({ title, address }) => (
          <List.Item key={address}>
            <Anchor renderRoot={(props) => <Link to={address} {...props} />}>{title}</Anchor>
          </List.Item>
        ))}
      </List>
      <Group>
        <Button onClick={onNext}>{t('Go to the console')}</Button>
      </Group>
    </Stack>
  );
}
