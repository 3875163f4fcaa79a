// njs: asks the issuer about the token (RFC 7662) and believes `active`, nothing else. Enough for an issuer that tells no more.
function introspect(r) {
  r.subrequest('/_introspection', function (reply) {
    let answer = {};
    try {
      answer = JSON.parse(reply.responseText);
    } catch (e) {
      r.return(500);
      return;
    }
    if (reply.status !== 200) {
      r.return(500);
    } else if (answer.active === true) {
      r.return(204);
    } else {
      r.headersOut['WWW-Authenticate'] = 'Bearer error="invalid_token"';
      r.return(401);
    }
  });
}

export default { introspect };
