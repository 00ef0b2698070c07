-- When holder and registrar are to be told that something will be over; empty once they were, or where there is nothing to tell.
alter table credential_grounds add column warns_at timestamptz;
alter table representations add column warns_at timestamptz;

update credential_grounds set warns_at = expires_at - interval '14 days' where expires_at is not null and lapsed_at is null;
update representations set warns_at = expires_at - interval '30 days' where lapsed_at is null;

create index credential_grounds_warning on credential_grounds (warns_at) where warns_at is not null;
create index representations_warning on representations (warns_at) where warns_at is not null;

-- A credential rests on the check that was made, also where that was carried over into a renewal.
update credential_grounds set check_id = checks.carried_from
from checks
where checks.id = credential_grounds.check_id and checks.carried_from is not null;
