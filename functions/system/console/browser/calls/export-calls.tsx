import { Anchor, Button, Group, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { at, textIn } from '../../json-value.ts';
import { request, type ApiRequest, type Query } from '../kit/api.ts';
import { Problem } from '../kit/page.tsx';
import { t } from '../texts/texts.ts';
import { exportOf } from './export-request.ts';

/** Milliseconds between two looks at a job; a link to its file is valid for 15 minutes. */
const intervals = { running: 1_000, done: 600_000 } as const;

const jobRequest = (id: string): ApiRequest => ({ method: 'GET', path: `/cdr/export/${id}` });

/** Exports the calls of a search by a job of the API, which writes the file. */
export function ExportCalls({ query }: { readonly query: Query }) {
  const start = useMutation({
    mutationFn: async () => textIn(at(await request(exportOf(query, Date.now())), 'data', 'job_id')),
  });
  return (
    <Group gap="sm">
      <Button variant="default" loading={start.isPending} onClick={() => start.mutate()}>
        {t('Export as CSV')}
      </Button>
      <Problem error={start.error} />
      {start.isSuccess && <Job key={start.data} id={start.data} />}
    </Group>
  );
}

function Job({ id }: { readonly id: string }) {
  const { data, error } = useQuery({
    queryKey: ['export', id],
    queryFn: async () => at(await request(jobRequest(id)), 'data'),
    refetchInterval: ({ state }) =>
      ['queued', 'running'].includes(textIn(at(state.data, 'status'))) ? intervals.running : intervals.done,
  });
  const link = textIn(at(data, 'download_url'));
  return (
    <>
      <Problem error={error} />
      <Text role="status">{stateOf(data)}</Text>
      {link !== '' && (
        <Anchor href={link} download>
          {t('Download the file')}
        </Anchor>
      )}
    </>
  );
}

function stateOf(job: unknown): string {
  const rows = at(job, 'rows');
  const count = typeof rows === 'number' ? rows : 0;
  switch (textIn(at(job, 'status'))) {
    case 'completed':
      return t('{count, plural, one {# call is} other {# calls are}} exported.', { count });
    case 'failed':
      return t('The export has failed.');
    default:
      return t('Exporting … {count, plural, one {# call} other {# calls}}', { count });
  }
}
