import { Badge, Button, Card, Group, SimpleGrid, Stack, Switch, Table, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type SubmitEvent } from 'react';
import { t } from '../texts/texts.ts';
import { bodyOf, draftOf } from '../handling/handling-draft.ts';
import { api, request, type ApiRequest } from '../kit/api.ts';
import { versionIn } from '../kit/conflict.tsx';
import { dateTimeText } from '../kit/format.ts';
import { useOwnMailbox } from '../kit/own-mailbox.ts';
import { useOwnUser } from '../kit/own-user.ts';
import { Page, Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { partyOf } from '../calls/names.ts';
import { usePeople } from '../calls/use-people.ts';
import { useDock } from '../phone/dock-state.ts';
import { isDialable, outcomeOf, useOwnCalls } from '../phone/own-calls.ts';
import { phoneName } from '../phones/phone-names.ts';
import { PhoneBadge } from '../phones/phone-badge.tsx';
import { resourceIn } from '../resources/answers.ts';

const shownCalls = 10;

/** "Am I reachable, who has called, and whom do I call?" */
export function WorkerPage() {
  const { org_id: organization } = useSession();
  const handling: ApiRequest = { method: 'GET', path: '/users/me/callhandling', query: { org_id: organization } };
  const user = useOwnUser();
  const subtitle = [user?.name ?? '', user?.extension ? t('Extension {extension}', { extension: user.extension }) : ''];
  return (
    <Page title={t('Phone')} subtitle={subtitle.filter(Boolean).join(' · ')} requests={[handling]}>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Dial />
        <Reachability handling={handling} />
      </SimpleGrid>
      <NewVoicemail />
      <RecentCalls />
    </Page>
  );
}

/** Calls what is typed with the phone of the page. */
function Dial() {
  const { isAllowed: hasPhone, call } = useDock();
  const [number, setNumber] = useState('');
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    if (number.trim() === '') return;
    call(number.trim());
    setNumber('');
  };
  if (!hasPhone) return null;
  return (
    <Card withBorder component="section" aria-label={t('Call someone')}>
      <Title order={2} size="h4" mb="sm">
        {t('Call someone')}
      </Title>
      <form onSubmit={send} noValidate>
        <Group align="end" wrap="nowrap">
          <TextInput
            flex={1}
            type="tel"
            label={t('Whom')}
            placeholder={t('Number or extension')}
            autoComplete="off"
            value={number}
            onChange={({ target }) => setNumber(target.value)}
          />
          <Button type="submit">{t('Call')}</Button>
        </Group>
      </form>
    </Card>
  );
}

/** The phones that ring, and the switch that lets none ring. */
function Reachability({ handling }: { readonly handling: ApiRequest }) {
  const session = useSession();
  const queries = useQueryClient();
  const { isOn, isAllowed: hasPhone, setOpen } = useDock();
  const queryKey = ['own handling', session.sub];
  const { data, error } = useQuery({ queryKey, queryFn: async () => resourceIn(await request(handling)) });
  const change = useMutation({
    mutationFn: async (isDoNotDisturb: boolean) => {
      // What was set elsewhere since stays.
      const now = resourceIn(await request(handling));
      const body = bodyOf({ ...draftOf(now), isDoNotDisturb });
      return request({ ...handling, method: 'PUT', body, version: versionIn(now) });
    },
    onSettled: () => queries.invalidateQueries(),
  });
  const isQuiet = change.isPending ? change.variables : data?.['do_not_disturb'] === true;
  return (
    <Card withBorder component="section" aria-label={t('My state')}>
      <Title order={2} size="h4" mb="sm">
        {t('My state')}
      </Title>
      <Stack gap="sm">
        <Problem error={error ?? change.error} />
        <Switch
          label={t('Do not disturb')}
          description={t('No phone of mine rings; callers find the line busy.')}
          disabled={data === undefined}
          checked={isQuiet}
          onChange={({ target }) => change.mutate(target.checked)}
        />
        {hasPhone && (
          <Group justify="space-between">
            <Text size="sm">{t('Phone of this page')}</Text>
            {isOn ? (
              <Badge variant="light" color="green">
                {t('On')}
              </Badge>
            ) : (
              <Button size="compact-sm" variant="default" onClick={() => setOpen(true)}>
                {t('Switch on')}
              </Button>
            )}
          </Group>
        )}
        <DeskPhones />
      </Stack>
    </Card>
  );
}

function DeskPhones() {
  const session = useSession();
  const { data = [] } = useQuery({
    queryKey: ['list', '/devices', 'own'],
    queryFn: async () => {
      const query = { org_id: session.org_id, user_id: 'me', limit: 20 };
      return (await api.GET('/devices', { params: { query } })).data?.data ?? [];
    },
    enabled: isAllowed(session, ['telephony:read']),
  });
  return data.map((phone) => (
    <Group key={phone.id} justify="space-between">
      <Text size="sm">{phoneName(phone)}</Text>
      <PhoneBadge phone={phone} />
    </Group>
  ));
}

function NewVoicemail() {
  const count = useOwnMailbox().data?.counts.new ?? 0;
  if (count === 0) return null;
  return (
    <Card withBorder>
      <Group justify="space-between">
        <Text fw={600}>{t('{count, plural, one {# new message} other {# new messages}}', { count })}</Text>
        <Button renderRoot={(props) => <Link to="/voicemail" {...props} />}>{t('Listen')}</Button>
      </Group>
    </Card>
  );
}

function RecentCalls() {
  const calls = useOwnCalls(shownCalls);
  const people = usePeople();
  const { isAllowed: hasPhone, call } = useDock();
  return (
    <section aria-label={t('Recent calls')}>
      <Title order={2} size="h4" mb="xs">
        {t('Recent calls')}
      </Title>
      {calls.length === 0 && <Text>{t('No calls in the last 30 days.')}</Text>}
      <Table>
        <Table.Tbody>
          {calls.map(({ id, at, number, isOutgoing, isAnswered }) => (
            <Table.Tr key={id}>
              <Table.Td>
                <Text size="sm">{t(isOutgoing ? 'to {name}' : 'from {name}', { name: partyOf(number, people) })}</Text>
                <Text size="xs" c={isOutgoing || isAnswered ? 'dimmed' : 'var(--mantine-color-error)'}>
                  {dateTimeText(at)}, {outcomeOf(isOutgoing, isAnswered)}
                </Text>
              </Table.Td>
              <Table.Td ta="end">
                {hasPhone && isDialable(number) && (
                  <Button
                    size="compact-sm"
                    variant="default"
                    aria-label={t('Call {number}', { number: partyOf(number, people) })}
                    onClick={() => call(number)}
                  >
                    {t('Call')}
                  </Button>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}
