import { CallHandlingForm } from '../handling/handling-form.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { pathOf, type Person } from '../resources/person.ts';

/** What happens with calls to a person. */
export function UserForwarding({ person: { id } }: { readonly person: Person }) {
  const canChange = isAllowed(useSession(), ['telephony:write']);
  return <CallHandlingForm reading={{ method: 'GET', path: `${pathOf(id)}/callhandling` }} isReadOnly={!canChange} />;
}
