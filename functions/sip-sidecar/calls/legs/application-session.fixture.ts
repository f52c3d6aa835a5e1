import { ApplicationSession, type ApplicationLeg } from './application-session.ts';

/** The session of an application that only takes offers. */
export const newListeningSession = (): ApplicationSession =>
  new ApplicationSession('application', { offer: undefined } as Partial<ApplicationLeg> as ApplicationLeg);
