import { Badge, Button, Group, Stack, Table, Text, Textarea } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { t } from '../texts/texts.ts';
import { request } from '../kit/api.ts';
import { LeaveGuard } from '../kit/leave-guard.tsx';
import { useSession } from '../kit/session.tsx';
import { WideTable } from '../kit/wide-table.tsx';
import { linesOf, usernameOf, type Invited, type Line } from './invitations.ts';
import { RoleSelect } from './role-select.tsx';
import { rolesFor } from '../resources/person.ts';

/** What became of a line. */
type Result = { readonly isSent: boolean; readonly text: string };

async function invite(invited: Invited, role: string): Promise<Result> {
  try {
    const body = { ...invited, username: usernameOf(invited.email), roles: [role], invite: true };
    await request({ method: 'PUT', path: '/users', body });
    return { isSent: true, text: t('Invited') };
  } catch (error) {
    return { isSent: false, text: (error as Error).message };
  }
}

/** Invites one after the other, so that a limit that is reached stops no earlier one. */
function useInvitations() {
  const queries = useQueryClient();
  const [results, setResults] = useState<ReadonlyMap<string, Result>>(new Map());
  const [isSending, setSending] = useState(false);
  const send = async (lines: readonly Line[], role: string): Promise<void> => {
    setSending(true);
    for (const { text, invited } of lines) {
      if (invited === null || results.get(text)?.isSent === true) continue;
      const result = await invite(invited, role);
      setResults((all) => new Map(all).set(text, result));
    }
    setSending(false);
    await queries.invalidateQueries({ queryKey: ['list'] });
  };
  return { results, isSending, send };
}

/** Invites everyone of a pasted list, and says what became of each line. */
export function InviteMany() {
  const { roles } = useSession();
  const [pasted, setPasted] = useState('');
  const [role, setRole] = useState('agent');
  const { results, isSending, send } = useInvitations();
  const lines = linesOf(pasted);
  const open = lines.filter(({ text, invited }) => invited !== null && results.get(text)?.isSent !== true);
  return (
    <Stack maw={720}>
      <LeaveGuard isChanged={open.length > 0} />
      <Textarea
        label={t('Addresses')}
        description={t('One a line, or as a mail program copies them')}
        autosize
        minRows={5}
        maxRows={15}
        value={pasted}
        onChange={({ target }) => setPasted(target.value)}
      />
      <RoleSelect roles={rolesFor(roles)} value={role} onChange={setRole} />
      <Group>
        <Button loading={isSending} disabled={open.length === 0} onClick={() => void send(lines, role)}>
          {t('{count, plural, =0 {Send invitations} one {Send # invitation} other {Send # invitations}}', {
            count: open.length,
          })}
        </Button>
      </Group>
      {lines.length > 0 && <Results lines={lines} results={results} />}
    </Stack>
  );
}

type ResultsProps = { readonly lines: readonly Line[]; readonly results: ReadonlyMap<string, Result> };

const nameOf = ({ first_name: first, last_name: last }: Invited): string =>
  [first, last].filter((each) => each !== undefined).join(' ');

function Results({ lines, results }: ResultsProps) {
  return (
    <WideTable minWidth={480}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('E-mail')}</Table.Th>
            <Table.Th>{t('Name')}</Table.Th>
            <Table.Th>{t('Result')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {lines.map(({ text, invited }) => (
            <Table.Tr key={text}>
              <Table.Td>{invited?.email ?? text}</Table.Td>
              <Table.Td>{invited === null ? '' : nameOf(invited)}</Table.Td>
              <Table.Td>
                {invited === null ? (
                  <Text size="sm">{t('There is no address in this line.')}</Text>
                ) : (
                  <Outcome result={results.get(text)} />
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </WideTable>
  );
}

function Outcome({ result }: { readonly result: Result | undefined }) {
  if (result === undefined) return <Text size="sm">–</Text>;
  return result.isSent ? (
    <Badge color="green" variant="light">
      {result.text}
    </Badge>
  ) : (
    <Text size="sm" c="var(--mantine-color-error)">
      {result.text}
    </Text>
  );
}
