import { Alert, Card, Code, Group, List, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { at as valueAt } from '../../json-value.ts';
import type { AnswerOf } from '../kit/answer-of.ts';
import { ApiError } from '../kit/api-error.ts';
import { api, request, type ApiRequest } from '../kit/api.ts';
import { dateTimeText } from '../kit/format.ts';
import { LoadingPage, Page, Problem } from '../kit/page.tsx';
import { isAllowed, type Holder } from '../kit/rights.ts';
import { useOrganization } from '../kit/selling.ts';
import { useSession } from '../kit/session.tsx';
import { textOf } from '../kit/shown.ts';
import { Values } from '../kit/values.tsx';
import { Sections } from '../resources/parts.tsx';
import { linkTimes } from '../sound/link-times.ts';
import { Player } from '../sound/player.tsx';
import { t } from '../texts/texts.ts';
import { chargeText, type Cdr } from './charge.ts';
import { Ladder } from './ladder.tsx';
import { barsOf, legText, legsOfRecords, legsOfState, type TimedLeg } from './legs.ts';
import { partiesOf, type People } from './names.ts';
import { callParts } from './parts.ts';
import { priceLines, whyFree } from './price.ts';
import { reasonOf } from './reasons.ts';
import { failureOf, stepsOf, storyOfState, type CallState } from './state.ts';
import { hasFailed, storyOf } from './story.ts';
import { usePeople } from './use-people.ts';

const colors = { ringing: 'var(--mantine-color-yellow-5)', talking: 'var(--mantine-color-teal-6)' } as const;

type TimelineProps = { readonly legs: readonly TimedLeg[]; /** Unix milliseconds. */ readonly now: number };

/** Who was called when, for how long it rang, and for how long they spoke. */
function Timeline({ legs, now }: TimelineProps) {
  const bars = barsOf(legs, now);
  return (
    <Stack component="ul" gap="xs" m={0} p={0} style={{ listStyle: 'none' }}>
      {legs.map((leg, at) => {
        const { before = 0, ringing = 0, talking = 0 } = bars[at] ?? {};
        return (
          <li key={at}>
            <Group justify="space-between" gap="xs">
              <Text size="sm" fw={500}>
                {leg.name}
              </Text>
              <Text size="sm" c="dimmed">
                {legText(leg, now)}
              </Text>
            </Group>
            <div aria-hidden style={{ display: 'flex', height: 8, marginTop: 4 }}>
              <div style={{ width: `${before}%` }} />
              <div style={{ width: `${ringing}%`, background: colors.ringing, minWidth: ringing > 0 ? 2 : 0 }} />
              <div style={{ width: `${talking}%`, background: colors.talking, minWidth: talking > 0 ? 2 : 0 }} />
            </div>
          </li>
        );
      })}
    </Stack>
  );
}

/** Whether a person may hear recordings of calls. */
const mayHear = (session: Holder): boolean =>
  isAllowed(session, ['recordings:read']) && isAllowed(session, ['files:read']);

/** Milliseconds after which a recording that is not stored yet is looked for again. */
const untilStored = 5_000;

/** The recording of a call. @param id of its file */
function Recording({ id }: { readonly id: string }) {
  const queries = useQueryClient();
  const queryKey = ['recording', id];
  const { data: file, error } = useQuery({
    queryKey,
    queryFn: async () => (await api.GET('/files/{id}', { params: { path: { id } } })).data?.data,
    ...linkTimes,
    refetchInterval: ({ state }) => (state.data?.state === 'pending' ? untilStored : linkTimes.refetchInterval),
  });
  if (error instanceof ApiError && error.status === 404)
    return <Text>{t('The recording was deleted, or is none that you may hear.')}</Text>;
  if (error !== null) return <Problem error={error} />;
  if (file === undefined) return null;
  if (file.state === 'pending') return <Text role="status">{t('The recording is stored after the call.')}</Text>;
  if (file.reason === 'NO_SOUND') return <Text>{t('Nothing was heard in the call.')}</Text>;
  if (file.download === undefined) return <Text>{t('The recording was lost: it was never stored.')}</Text>;
  return (
    <>
      <Player
        label={t('Recording')}
        sound={{ id, url: file.download.url, size: file.size }}
        onBroken={() => void queries.invalidateQueries({ queryKey })}
      />
      <Text size="xs">{t('Above the middle: the caller. Below: the called party.')}</Text>
    </>
  );
}

const day = 86_400_000;

/** The API looks for records in 92 days at most. @param at when a record of the call begins; undefined: lately */
function rangeAround(at: string | undefined): { readonly start: string; readonly end?: string } {
  const given = Date.parse(at ?? '');
  if (Number.isNaN(given)) return { start: new Date(Date.now() - 91 * day).toISOString() };
  return { start: new Date(given - day).toISOString(), end: new Date(given + day).toISOString() };
}

const stateRequest = (id: string): ApiRequest => ({ method: 'GET', path: `/Calls/${encodeURIComponent(id)}` });

/** The state of a call that the platform carries or has carried; null: other switches send their records only. */
const useCall = (id: string, isSeen: boolean) =>
  useQuery({
    queryKey: ['call', id],
    queryFn: async () => {
      try {
        return (await api.GET('/Calls/{callId}', { params: { path: { callId: id } } })).data ?? null;
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    },
    enabled: isSeen,
  });

/** The records of a call's legs, that of the call itself first. */
const useRecords = (records: ApiRequest, isSeen: boolean) =>
  useQuery({
    queryKey: ['legs', records.query],
    queryFn: async () =>
      ((await request(records)) as AnswerOf<'get', '/cdr'>).data.toSorted((one, other) =>
        one.leg < other.leg ? -1 : 1,
      ),
    enabled: isSeen,
  });

type SectionProps = { readonly title: string; readonly children: ReactNode };

const Section = ({ title, children }: SectionProps) => (
  <Card withBorder padding="md" component="section" aria-label={title}>
    <Title order={2} size="h4" mb="sm">
      {title}
    </Title>
    {children}
  </Card>
);

type Known = {
  readonly records: readonly Cdr[];
  readonly state: CallState | null;
  readonly people: People;
  /** When the records and the state were read, in Unix milliseconds. */
  readonly readAt: number;
};

/** The sentence that says what happened. */
function storyIn({ records: [record], state, people }: Known): string {
  if (record === undefined) return state === null ? t('There is no such call.') : storyOfState(state, people);
  // The platform has seen more than its record says: why it ended, and when to the millisecond.
  const cause = { ...record.cause, cause: state?.hangup?.cause };
  return storyOf({ ...record, ...partiesOf(record, people), cause });
}

/** Why the call failed; undefined: it did not. */
function failureIn({ records: [record], state }: Known): string | undefined {
  if (record === undefined) return state === null ? undefined : failureOf(state);
  return hasFailed(record) ? reasonOf({ ...record.cause, cause: state?.hangup?.cause }) : undefined;
}

/** Why a leg costs what it costs, or why it is free. */
function Price({ record }: { readonly record: Cdr }) {
  const payer = useOrganization()?.name ?? t('the organization');
  const free = whyFree(record);
  if (free !== undefined) return <Text>{free}</Text>;
  return (
    <Table layout="auto" withRowBorders={false}>
      <Table.Tbody>
        {priceLines(record, payer).map(({ label, value }) => (
          <Table.Tr key={label}>
            <Table.Th scope="row">{label}</Table.Th>
            <Table.Td>{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Prices({ records }: { readonly records: readonly Cdr[] }) {
  const [first] = records;
  if (first === undefined) return null;
  return (
    <Section title={t('Why this price')}>
      <Text fw={600} mb="xs" data-figure="charge">
        {records.map(chargeText).join(' + ')}
      </Text>
      {records.map((record) => (
        <Price key={record.id} record={record} />
      ))}
    </Section>
  );
}

/** The recordings that a call or its records name. */
function recordingsIn({ records, state }: Known): readonly string[] {
  const named = [state?.recording_id, ...records.map((record) => valueAt(record, 'custom', 'recording_id'))];
  return [...new Set(named.map(textOf).filter((id) => id !== ''))];
}

/** What is known of the call, in the words of the API, for those who look for it. */
function Details({ records, state }: Known) {
  return (
    <details>
      <summary>{t('Details')}</summary>
      {records.map((record) => (
        <Values key={record.id} of={record} />
      ))}
      {state !== null && (
        <Code block tabIndex={0}>
          {JSON.stringify(state, null, 2)}
        </Code>
      )}
    </details>
  );
}

function CallSections(known: Known) {
  const { records, state, people, readAt } = known;
  const session = useSession();
  const legs = state === null ? legsOfRecords(records, people) : legsOfState(state, people);
  const steps = state === null ? [] : stepsOf(state, people);
  const recordings = mayHear(session) ? recordingsIn(known) : [];
  return (
    <>
      {recordings.length > 0 && (
        <Section title={t('Recording')}>
          {recordings.map((id) => (
            <Recording key={id} id={id} />
          ))}
        </Section>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {legs.length > 0 && (
          <Section title={t('Timeline')}>
            <Timeline legs={legs} now={readAt} />
            {steps.length > 0 && (
              <List mt="md" size="sm" type="ordered">
                {steps.map((step, at) => (
                  <List.Item key={at}>{step}</List.Item>
                ))}
              </List>
            )}
          </Section>
        )}
        <Prices records={records} />
      </SimpleGrid>
    </>
  );
}

/** What is known of a call, and what it is asked with. */
function useKnown(id: string, at: string | undefined) {
  const session = useSession();
  const people = usePeople();
  const [range] = useState(() => rangeAround(at));
  const wanted: ApiRequest = { method: 'GET', path: '/cdr', query: { call_id: id, ...range } };
  const [isSeen, areSeen] = [isAllowed(session, ['calls:read']), isAllowed(session, ['cdr:read'])];
  const [call, legs] = [useCall(id, isSeen), useRecords(wanted, areSeen)];
  const readAt = Math.max(call.dataUpdatedAt, legs.dataUpdatedAt);
  const known: Known = { records: legs.data ?? [], state: call.data ?? null, people, readAt };
  return {
    known,
    requests: [...(isSeen ? [stateRequest(id)] : []), ...(areSeen ? [wanted] : [])],
    error: call.error ?? legs.error,
    isLoading: call.isLoading || legs.isLoading,
  };
}

/** What happened, in a sentence, and why it failed if it did. */
function Story({ known }: { readonly known: Known }) {
  const failure = failureIn(known);
  return (
    <>
      <Text size="lg">{storyIn(known)}</Text>
      {failure !== undefined && (
        <Alert color="red" variant="light" title={t('Why it failed')}>
          {failure.charAt(0).toUpperCase() + failure.slice(1)}.
        </Alert>
      )}
    </>
  );
}

type CallPageProps = { readonly id: string; readonly at: string | undefined };

/** "What became of this call, what did it cost and why?" For the called person, the payer and support. */
export function CallPage({ id, at }: CallPageProps) {
  const session = useSession();
  const { known, requests, error, isLoading } = useKnown(id, at);
  if (isLoading) return <LoadingPage />;
  const start = known.records[0]?.start_time ?? known.state?.timestamps.created;
  return (
    <Page title={t('Call')} subtitle={start === undefined ? '' : dateTimeText(start)} requests={requests}>
      <Problem error={error} />
      <Story known={known} />
      <CallSections {...known} />
      {known.state !== null && (
        <Section title={t('SIP messages')}>
          <Ladder id={id} />
        </Section>
      )}
      <Stack gap="sm">
        {isAllowed(session, ['system:read']) && <Sections parts={callParts} tag="system" known={[`call/${id}`]} />}
        <Details {...known} />
      </Stack>
    </Page>
  );
}
