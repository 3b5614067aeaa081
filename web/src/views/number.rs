//! A field for a number. What is typed stays in it until it is left or Enter is pressed, however often the page
//! is drawn meanwhile.

use web_sys::HtmlInputElement;
use yew::prelude::*;

/// What the field shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct NumberProps {
    /// Its name in the document.
    pub id: String,
    /// The number that holds.
    pub value: u64,
    /// The least.
    pub min: u64,
    /// The most, if there is one.
    #[prop_or_default]
    pub max: Option<u64>,
    /// The reader has set another. What is no number, or out of bounds, is not given on.
    pub on_number: Callback<u64>,
}

/// The field.
#[component]
pub fn Number(props: &NumberProps) -> Html {
    let typed = use_state(|| None::<String>);
    let text = (*typed).clone().unwrap_or_else(|| props.value.to_string());
    let value_of = |target: Option<HtmlInputElement>| target.map(|field| field.value());
    let oninput = {
        let typed = typed.setter();
        Callback::from(move |event: InputEvent| typed.set(value_of(event.target_dyn_into())))
    };
    let onchange = {
        let (typed, props) = (typed.setter(), props.clone());
        Callback::from(move |event: Event| {
            let number = value_of(event.target_dyn_into()).and_then(|text| text.parse().ok());
            let allowed = |number: &u64| *number >= props.min && props.max.is_none_or(|max| *number <= max);
            if let Some(number) = number.filter(allowed) {
                props.on_number.emit(number);
            }
            typed.set(None);
        })
    };
    // What is no number is no change: the field is as it was once it is left.
    let onblur = {
        let typed = typed.setter();
        Callback::from(move |_: FocusEvent| typed.set(None))
    };
    html! {
        <input id={props.id.clone()} type="number" min={props.min.to_string()}
            max={props.max.map(|max| max.to_string())} value={text} {oninput} {onchange} {onblur} />
    }
}
