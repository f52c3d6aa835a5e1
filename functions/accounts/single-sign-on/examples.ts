/** Accepted bodies by operation id. */
export const examples = {
  setSalesforce: {
    client_id: '3MVG9lKcPoNINVBIPJjdw1J9LLM82HnFVVX19KY1uA5mu0QqEWhqKpoW3svG3X',
    client_secret: '8112260709153459170',
    login_url: 'https://acme.my.salesforce.com',
    redirect_uris: ['https://portal.example.com/sso'],
    auto_link: true,
  },
  finishSalesforceLogIn: {
    org_id: 'org_1001',
    code: 'aPrxsmIEeqM9PiQroGEWx1UiMQd95',
    redirect_uri: 'https://portal.example.com/sso',
    state: 'xyz123',
  },
};
