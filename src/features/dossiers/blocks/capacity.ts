import { Type } from 'typebox';
import { block, closed, currency, date, optionalText, text } from './shapes.js';

const TURNOVER_BANDS = ['under_100k', '100k_to_1m', '1m_to_10m', '10m_to_100m', 'over_100m'] as const;

const Auditor = closed({
  name: text(200, 'Of the firm or body'),
  registrationNumber: optionalText(100, 'In the register of auditors'),
});

const Insurance = closed(
  {
    kind: text(100, 'Against what', 'public_liability'),
    insurer: text(200, 'With whom'),
    sumInsured: Type.Optional(Type.Number({ minimum: 0, maximum: 1e15 })),
    currency: Type.Optional(currency),
    validUntil: Type.Optional(date('Last day')),
  },
  { title: 'Insurance' },
);

/** What it can carry: accounts, audit, size, insurance. */
export const capacity = block(
  'capacity',
  closed(
    {
      accountsYear: Type.Integer({
        minimum: 1800,
        maximum: 9999,
        description: 'Year that the accounts end in',
      }),
      accountsApprovedOn: Type.Optional(date('When the members approved them')),
      auditor: Type.Optional(Auditor),
      turnoverBand: Type.Optional(Type.Enum([...TURNOVER_BANDS], { description: 'In the stated currency' })),
      currency: Type.Optional(currency),
      insurance: Type.Optional(Type.Array(Insurance, { maxItems: 20 })),
    },
    { title: 'Capacity' },
  ),
);
