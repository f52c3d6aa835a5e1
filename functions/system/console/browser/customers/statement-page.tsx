import { Page } from '../kit/page.tsx';
import { useToday } from '../kit/today.ts';
import { t } from '../texts/texts.ts';
import { MonthStatement } from './month-statement.tsx';
import { daysOf, monthsUntil } from './statement.ts';

/** What did we pay in a month, what for, and what is left? For who pays the bills of an organization. */
export function StatementPage({ id }: { readonly id: string }) {
  const [month = ''] = monthsUntil(useToday('UTC'), 1);
  return (
    <Page
      title={t('Statement')}
      requests={[{ method: 'GET', path: `/billingprofile/${id}/ledger`, query: daysOf(month) }]}
    >
      <MonthStatement id={id} />
    </Page>
  );
}
