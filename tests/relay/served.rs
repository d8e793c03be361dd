//! The app behind a real HTTP port. It lives on one thread, as in an isolate; requests are handed to it.

use axum::{
    Router,
    body::{Bytes, to_bytes},
    extract::{Request, State},
    response::Response,
};
use community_os::app::{self, App};
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
};

use crate::harness::now;

type Handed = (http::Request<Vec<u8>>, oneshot::Sender<http::Response<Vec<u8>>>);

/// Serves `app` until the [`tokio::task::LocalSet`] around ends; the address.
pub async fn serve(app: App) -> String {
    let (hand, mut handed) = mpsc::channel::<Handed>(100);
    tokio::task::spawn_local(async move {
        let app = std::rc::Rc::new(app);
        while let Some((request, answer)) = handed.recv().await {
            let app = app.clone();
            tokio::task::spawn_local(async move {
                let outcome = app.handle(request, now()).await;
                let _ = answer.send(outcome.response);
                app::run(outcome.after).await;
            });
        }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(pass).with_state(hand)).await });
    address
}

async fn pass(State(hand): State<mpsc::Sender<Handed>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 2 << 20).await.unwrap();
    let (answer, answered) = oneshot::channel();
    hand.send((http::Request::from_parts(parts, body.to_vec()), answer)).await.unwrap();
    answered.await.unwrap().map(|body| Bytes::from(body).into())
}
