//! Management of a registration with its own token (RFC 7592 §2): read, replace, delete.

use super::metadata::Identity;
use super::{ManageAction, ManageRequest};
use crate::issuer::client::mac_secret;
use crate::issuer::commit::Swap;
use crate::issuer::fault::{Outcome, Stop};
use crate::issuer::{Effect, Issuer};
use crate::protocol::{AuthMethod, ClientInformation, ClientMetadata, Secret};
use crate::rule::{self, Fact, Judge};
use crate::store::record::ClientRecord;
use crate::store::{Key, Versioned};

impl Issuer {
    pub(in crate::issuer) async fn judge_management(
        &self,
        judge: &mut Judge<'_>,
        request: &ManageRequest,
    ) -> Outcome<Option<ClientInformation>> {
        let key = Key::of(&[&request.client_id]);
        let found = self.store.get::<ClientRecord>(key).await?;
        // One refusal for an unknown client and a wrong token (RFC 7592 §2.1), compared either way.
        let hash = found.as_ref().map_or([0; 32], |found| found.value.management_sha256);
        let right = request.bearer.as_ref().is_some_and(|sent| sent.matches_sha256(&hash));
        let own = found.clone().filter(|_| right);
        let found = judge.require_or(
            &rule::MANAGE_TOKEN,
            own,
            || found,
            || {
                let expected = Fact::fixed("the registration access token of this client");
                (expected, Fact::secret(request.bearer.as_ref()))
            },
        )?;
        let Versioned { value: record, version, expires } = found;
        // Every answer has the token (RFC 7592 §3). It does not rotate: here is the one that came.
        let token = request.bearer.clone();
        match &request.action {
            ManageAction::Read => Ok((Some(self.information(&record, None, token)), Vec::new())),
            ManageAction::Delete => Ok((None, vec![Effect::DeleteClient(key)])),
            ManageAction::Update(body) => {
                let (updated, secret) = self.judge_update(judge, record, body).await?;
                let information = self.information(&updated, secret, token);
                let swap = Swap { key, version, value: updated, expires };
                Ok((Some(information), vec![Effect::UpdateClient(swap)]))
            }
        }
    }

    async fn judge_update(
        &self,
        judge: &mut Judge<'_>,
        record: ClientRecord,
        body: &[u8],
    ) -> Result<(ClientRecord, Option<Secret>), Stop> {
        let (metadata, identity) = self.judge_metadata(judge, body).await?;
        judge_identity(judge, &record, &identity);
        judge.stage()?;
        self.replace(record, metadata, identity)
    }

    /// All metadata is replaced. A secret stays as long as the method has one, and is made where the
    /// method comes to need one.
    fn replace(
        &self,
        record: ClientRecord,
        metadata: ClientMetadata,
        identity: Identity,
    ) -> Result<(ClientRecord, Option<Secret>), Stop> {
        let method = metadata.token_endpoint_auth_method;
        // Most secrets are known by their hash alone, unless the client said its own. With a hash
        // no MAC can be verified: who changes to one gets a new secret.
        let known = identity.client_secret.or_else(|| record.mac_secret.clone());
        let serves = known.is_some() || method != AuthMethod::ClientSecretJwt;
        let kept = record.secret_sha256.filter(|_| method.has_secret() && serves);
        let secret = match kept {
            Some(_) => known,
            None => self.new_secret(&metadata)?,
        };
        let secret_sha256 = kept.or_else(|| secret.as_ref().map(Secret::sha256));
        let mac_secret = mac_secret(&metadata, secret.as_ref());
        Ok((ClientRecord { metadata, secret_sha256, mac_secret, ..record }, secret))
    }
}

fn judge_identity(judge: &mut Judge<'_>, record: &ClientRecord, identity: &Identity) {
    judge.check(&rule::MANAGE_MEMBERS, identity.servers_own.is_none(), || {
        (
            Fact::fixed("metadata, client_id and perhaps client_secret"),
            Fact::optional(identity.servers_own),
        )
    });
    let id_holds = identity.client_id.as_deref() == Some(record.client_id.as_str());
    let secret_holds = match (&identity.client_secret, &record.secret_sha256) {
        (None, _) => true,
        (Some(sent), Some(hash)) => sent.matches_sha256(hash),
        (Some(_), None) => false,
    };
    judge.check(&rule::MANAGE_IDENTITY, id_holds && secret_holds, || {
        let got = if id_holds {
            Fact::secret(identity.client_secret.as_ref())
        } else {
            Fact::optional(identity.client_id.as_deref())
        };
        (Fact::public(&record.client_id), got)
    });
}
