import { ActionIcon, Anchor, Indicator, List, Popover, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { t } from '../texts/texts.ts';
import { request, type ApiRequest } from './api.ts';
import { agoText } from './format.ts';
import { IconBell } from './icons.ts';
import { pageOf } from './pages.ts';
import { isAllowed } from './rights.ts';
import { useSession, useSigning } from './session.tsx';
import { textOf, type Row } from './shown.ts';

const minute = 60_000;
/** Milliseconds: between two requests, and how far back they look. */
const [interval, shownFor] = [2 * minute, 720 * minute];

/** The latest entries of the audit log that need attention. @param now Unix milliseconds */
const alarmsRequest = (organization: string, now: number): ApiRequest => ({
  method: 'POST',
  path: `/eventlog/${organization}`,
  body: {
    severities: ['warning', 'error', 'critical'],
    date_from: new Date(now - shownFor).toISOString(),
    per_page: 5,
  },
});

/** What needs attention of the last 12 hours: how much there is, and the latest. Null: unknown, or not readable. */
export function useAlarms(): { readonly count: number; readonly latest: readonly Row[] } | null {
  const session = useSession();
  const { organization } = useSigning();
  const place = organization ?? session.org_id;
  const { data } = useQuery({
    queryKey: ['alarms', place],
    queryFn: () => request(alarmsRequest(place, Date.now())),
    refetchInterval: interval,
    enabled: isAllowed(session, ['system:read']),
  });
  if (data === undefined) return null;
  const { rows, total } = pageOf(data, ['data', 'results']);
  return { count: total ?? rows.length, latest: rows };
}

/** An alarm in words. */
export const alarmText = (row: Row): string => textOf(row['description']) || textOf(row['event_type']);

export function AlarmBell() {
  const mayRead = isAllowed(useSession(), ['system:read']);
  const { count, latest: rows } = useAlarms() ?? { count: 0, latest: [] };
  if (!mayRead) return null;
  return (
    <Popover position="bottom-end" width={360} shadow="md" trapFocus returnFocus>
      <Indicator label={count} disabled={count === 0} size={16} color="red">
        <Popover.Target>
          <ActionIcon
            variant="subtle"
            size="lg"
            color="gray"
            aria-label={t('{count, plural, =0 {No alarms} one {# alarm} other {# alarms}}', { count })}
          >
            <IconBell size={18} aria-hidden />
          </ActionIcon>
        </Popover.Target>
      </Indicator>
      <Popover.Dropdown>
        <Text fw={600} mb="xs">
          {t('Alarms of the last 12 hours')}
        </Text>
        {rows.length === 0 && <Text size="sm">{t('There are none.')}</Text>}
        <List size="sm" spacing={4} mb="xs">
          {rows.map((row) => (
            <List.Item key={textOf(row['event_log_id'] ?? row['id'])}>
              {alarmText(row)} · {agoText(textOf(row['created_at']))}
            </List.Item>
          ))}
        </List>
        <Anchor size="sm" renderRoot={(props) => <Link to="/p/$key" params={{ key: 'audit' }} {...props} />}>
          {t('Audit log')}
        </Anchor>
      </Popover.Dropdown>
    </Popover>
  );
}
