import { Anchor, Button, Card, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { t } from '../texts/texts.ts';
import type { AnswerOf } from '../kit/answer-of.ts';
import { labelOf } from '../kit/words.ts';
import { listRequest } from '../kit/inputs.ts';
import { useList } from '../kit/list.ts';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import { Page, Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { shown } from '../kit/shown.ts';
import { columnsOf, VirtualTable } from '../kit/table.tsx';
import { Sections } from '../resources/parts.tsx';
import { OperationForm } from '../resources/action.tsx';
import { planParts } from './parts.ts';

const columns = columnsOf<AnswerOf<'get', '/dialplan/policies'>['policies'][number]>([
  {
    id: 'name',
    header: t('Name'),
    width: 220,
    cell: ({ id, name }) => (
      <Anchor renderRoot={(props) => <Link to="/dialplan/$id" params={{ id }} {...props} />}>{name}</Anchor>
    ),
  },
  { id: 'conditions', header: t('Pattern'), width: 220, cell: ({ conditions }) => shown(conditions.pattern) },
  { id: 'actions', header: t('Allows'), width: 100, cell: ({ actions }) => shown(actions.allow) },
  { id: 'gateway', header: t('Gateway'), cell: ({ actions }) => shown(actions.gateway) },
  ...(['status', 'priority', 'version'] as const).map((id) => ({ id, header: labelOf(id), width: 110 })),
]);

/** "Which calls may go out, and by which way?" The policies of the dial plan, its template, and a call to try. */
export function PoliciesPage() {
  const operations = useOperations('dialplan');
  const session = useSession();
  const list = useList(listRequest('GET /dialplan/policies', {}), ['policies']);
  const canWrite = isAllowed(session, operationOf(operations, 'PUT /dialplan/policy').scopes);
  const create = canWrite && (
    <Button renderRoot={(props) => <Link to="/dialplan/$id" params={{ id: 'new' }} {...props} />}>
      {t('New policy')}
    </Button>
  );
  return (
    <Page title={t('Dial plan')} requests={[list.request]} actions={create}>
      <Problem error={list.error} />
      <VirtualTable {...list} label={t('Policies')} columns={columns} empty={t('No policies yet.')} />
      <Card withBorder>
        <Title order={2} size="h4" mb="sm">
          {t('What happens to a call now')}
        </Title>
        <OperationForm
          tag="dialplan"
          route="POST /dialplan/evaluate"
          id={undefined}
          submit={t('Decide')}
          fixed={{ dry_run: true, explain: true }}
          only={['called', 'caller', 'user_id', 'at']}
        />
      </Card>
      <Sections parts={planParts} tag="dialplan" known={[]} />
    </Page>
  );
}
